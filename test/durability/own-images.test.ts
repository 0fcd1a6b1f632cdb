import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import * as keys from '../../storage/keys';
import { plain, put, seedColours, writeSeed } from '../datasets/images/seed';
import { startBench, type Bench } from './experiments';

const minutes = 60_000;

let bench: Bench;
let folder: string;
beforeAll(async () => {
  bench = await startBench();
  folder = await mkdtemp(join(tmpdir(), 'byol-own-images-'));
}, 3 * minutes);
afterAll(async () => {
  await bench.stop();
  await rm(folder, { recursive: true, force: true });
}, minutes);

/** Files as users have them: another format than the name says, broken, not images, of a class that is only in test. */
async function addOddFiles(root: string): Promise<void> {
  const [oak, elm] = [seedColours['oak'], seedColours['elm']] as [[number, number, number], [number, number, number]];
  await put(root, 'oak/5.jpg', await plain(oak, 500).webp({ lossless: true }).toBuffer());
  await put(root, 'oak/дуб 6.PNG', await plain(oak, 501).jpeg({ quality: 95 }).toBuffer());
  await put(root, 'elm/1.jpg', (await plain(elm, 502).jpeg({ quality: 95 }).toBuffer()).subarray(0, -2));
  await put(root, 'elm/5.png', '');
  await put(root, 'elm/6.jpg', (await plain(elm, 503).jpeg({ quality: 95 }).toBuffer()).subarray(0, -150));
  await put(root, 'oak/._1.png', Buffer.alloc(4096, 7));
  await put(root, 'pine/notes.txt', 'no tree');
  await put(
    root,
    'test/yew/1.png',
    await sharp(await plain(oak, 504).png().toBuffer())
      .negate()
      .png()
      .toBuffer(),
  );
}

const spec = (source: string) => `
name: seed-set
dataset: { kind: images, source: ${JSON.stringify(source)}, size: 16, validation: 0.25, tolerate: 0.1 }
model: { backbone: resnet-mini, stem: 3x3, width: 8 }
labels: [all]
seeds: [1]
pretraining:
  epochs: 2
  batch: 8
  optimizer: { name: adam }
  learningRate: 0.001
  projector: { hidden: 32, output: 16 }
  predictor: { hidden: 32 }
  monitor: { onCollapse: continue }
classifier:
  epochs: 30
  batch: 5
  optimizer: { name: adam }
  learningRates: [0.01]
  checkpointEvery: 30
`;

test(
  'folders with odd and broken files go the whole way, and every test image is told rightly',
  async () => {
    const root = join(folder, 'trees');
    await writeSeed(root);
    await addOddFiles(root);
    writeFileSync(join(folder, 'spec.yaml'), spec(root));
    const ended = await bench.byol('start', join(folder, 'spec.yaml'));
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });

    const report = JSON.parse((await bench.store.get(keys.report('seed-set', 'report.json'))).toString()) as Results;
    expect(report.results.comparisons.map(({ arm, test }) => [arm, test.accuracy, test.count])).toEqual([
      ['supervised', 1, 6],
      ['fine-tuned', 1, 6],
    ]);
    const { classes, counts } = report.results.dataset;
    expect(classes).toEqual(['ash', 'elm', 'oak']);
    expect(counts).toMatchObject({ unlabelled: 24, test: 6 });

    const predictions = (await bench.store.get(report.results.comparisons[0]?.test.predictionsKey ?? '')).toString();
    const rows = predictions.trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',').slice(0, 3).join(' '))).toEqual(
      Object.keys(seedColours).flatMap((name) => [1, 2].map((at) => `"test/${name}/${at}.png" "${name}" "${name}"`)),
    );
    expect(await readFile(join(root, 'elm', '5.png'))).toHaveLength(0);
  },
  5 * minutes,
);

interface Results {
  results: {
    dataset: { classes: string[]; counts: Record<string, number> };
    comparisons: { arm: string; test: { accuracy: number; count: number; predictionsKey: string } }[];
  };
}
