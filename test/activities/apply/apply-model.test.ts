import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import type { AppliedModel } from '../../../activities/apply/apply-model';
import { createExportModels } from '../../../activities/export/export-models';
import { parseNpy } from '../../../activities/formats/npy';
import { decodeImage } from '../../../datasets/images/decode';
import { loadManifest, readNames } from '../../../datasets/read';
import { int32Feed } from '../../../engine/protocol';
import * as keys from '../../../storage/keys';
import { expectClose } from '../../training/closeness';
import { floats, useEngine } from '../../training/run-graph';
import type { SeedBench } from '../seed-bench';
import { AppliedExperiment } from './applied-experiment';

/** A whole experiment on images of three colours, in a real store by the real engine, and then its networks applied. */
let on: AppliedExperiment;
let bench: SeedBench;
beforeAll(async () => {
  on = await AppliedExperiment.open();
  bench = on.bench;
  await bench.classify(on.spec('applied'), { learningRate: 0.01, epochs: 20 });
}, 120_000);
afterAll(() => bench.close());

const apply = (...of: Parameters<AppliedExperiment['apply']>) => on.apply(...of);
const bodyOf = async ({ written }: AppliedModel, name: string) => bench.store.get(written[name] as string);
const rowsOf = (csv: Buffer) => parse(csv, { columns: true }) as unknown as Record<string, string>[];
const linesOf = (jsonl: Buffer) =>
  jsonl
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Rows of a Parquet file; its reader is an ES module, which jest does not load. */
async function tableOf(body: Buffer): Promise<unknown> {
  const path = join(bench.folder, 'table.parquet');
  await writeFile(path, body);
  const script =
    `import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';` +
    `const file = await asyncBufferFromFile(process.argv[1]);` +
    `console.log(JSON.stringify(await parquetReadObjects({ file })));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path]);
  return JSON.parse(stdout);
}

describe('predict', () => {
  test('gives every image the class and probabilities that the evaluation gave it', async () => {
    const applied = await apply('predict', bench.source);
    const { arm } = applied.by;
    const of = keys.comparisonRun({ seed: 1, arm: arm ?? 'supervised', labels: 'all' });
    const evaluated = rowsOf(await bench.store.get(keys.predictions('applied', of, 'test')));
    const rows = rowsOf(await bodyOf(applied, 'predictions.csv'));
    expect(rows).toHaveLength(42); // the test images and all others: splits and classes are of no account
    expect(evaluated).toHaveLength(6);
    for (const { image, predicted, ...figures } of evaluated) {
      const row = rows.find(({ path }) => path === image);
      expect(row).toMatchObject({ predicted, problem: '' });
      for (const name of ['ash', 'elm', 'oak']) expect(Number(row?.[name])).toBeCloseTo(Number(figures[name]), 4);
    }
    expect(new Set(rows.map(({ predicted }) => predicted)).size).toBeGreaterThan(1);
    expect(bench.trainer.calls.at(-1)).toMatchObject({ signature: 'predict_file', images: '' });
  });

  test('has one row for each file: same names in two folders (A21), names of any script (A19), what is broken', async () => {
    const source = join(bench.folder, 'new');
    const paths = ['a/1.png', 'b/1.png', 'деревья/вяз.png', '나무.png', 'a "quoted", name.png'];
    for (const [at, path] of paths.entries()) {
      await mkdir(join(source, path, '..'), { recursive: true });
      await copyFile(join(bench.source, ['ash', 'oak'][at % 2] as string, '1.png'), join(source, path));
    }
    const whole = await readFile(join(source, 'a/1.png'));
    await writeFile(join(source, 'a/cut.png'), whole.subarray(0, whole.length / 2));
    await writeFile(join(source, 'notes.txt'), 'no image');
    const applied = await apply('predict', source);
    expect(applied).toMatchObject({ files: 7, images: 5, by: { seed: 1, labels: 'all' } });
    const rows = rowsOf(await bodyOf(applied, 'predictions.csv'));
    const lines = linesOf(await bodyOf(applied, 'predictions.jsonl'));
    expect(rows.map(({ path }) => path)).toEqual(lines.map(({ path }) => path));
    expect(new Set(rows.map(({ path }) => path))).toEqual(new Set([...paths, 'a/cut.png', 'notes.txt']));
    const row = (path: string) => rows.find((each) => each['path'] === path);
    expect(row('a/cut.png')).toMatchObject({
      predicted: '',
      ash: '',
      problem: expect.stringContaining('PNG') as string,
    });
    expect(row('notes.txt')?.['problem']).toContain('no image format');
    expect(row('a/1.png')?.['ash']).not.toBe(row('b/1.png')?.['ash']);
    expect(row('деревья/вяз.png')?.['ash']).toBe(row('a/1.png')?.['ash']);
    const [line] = lines.filter(({ path }) => path === 'b/1.png');
    const probabilities = line?.['probabilities'] as Record<string, number>;
    expect(Object.keys(probabilities)).toEqual(['ash', 'elm', 'oak']);
    expect(line?.['probability']).toBe(Math.max(...Object.values(probabilities)));
    expect(probabilities[line?.['predicted'] as string]).toBe(line?.['probability']);
  });

  test('takes one image file, also one that is broken', async () => {
    expect(await apply('predict', join(bench.source, 'elm', '1.png'))).toMatchObject({ files: 1, images: 1 });
    await writeFile(join(bench.folder, 'broken.jpg'), 'no image');
    const applied = await apply('predict', join(bench.folder, 'broken.jpg'));
    expect(applied).toMatchObject({ files: 1, images: 0 });
    expect(linesOf(await bodyOf(applied, 'predictions.jsonl'))).toEqual([
      { path: 'broken.jpg', problem: 'its content is no image format that is known' },
    ]);
  });
});

const engine = useEngine();

test('the exported SavedModels give the probabilities and features that predict and embed give', async () => {
  await bench.run(createExportModels({ store: bench.store, scratch: bench.folder }), {
    experiment: on.experiment,
    dataset: bench.dataset,
  });
  const paths = ['ash', 'elm', 'oak'].flatMap((name) => [1, 2].map((at) => `test/${name}/${at}.png`));
  const files = await Promise.all(paths.map((path) => readFile(join(bench.source, path))));
  const decoded = files.map((bytes) => decodeImage(bytes, { size: 32, channels: 3, fit: 'pad' }));
  const image = int32Feed(Buffer.concat(await Promise.all(decoded)), [paths.length, 32, 32, 3]);
  const ofExport = async (network: string, output: string) => {
    const bytes = await bench.store.get(keys.model('applied', `savedmodel/${network}/saved_model.pb`));
    return floats(await engine.call(await engine.install(bytes), 'serving_default', { image }), output);
  };
  const rows = rowsOf(await bodyOf(await apply('predict', bench.source), 'predictions.csv'));
  const predicted = paths.map((path) => rows.find((row) => row['path'] === path));
  const expected = predicted.flatMap((row) => ['ash', 'elm', 'oak'].map((name) => Number(row?.[name])));
  expectClose(await ofExport('classifier', 'probabilities'), expected, 1e-4);
  const embedded = await apply('embed', bench.source);
  const which = JSON.parse((await bodyOf(embedded, 'embeddings.json')).toString()) as { paths: string[] };
  const all = parseNpy(await bodyOf(embedded, 'embeddings.npy')) as Float32Array[];
  const features = paths.flatMap((path) => [...(all[which.paths.indexOf(path)] as Float32Array)]);
  expectClose(await ofExport('encoder-seed-1', 'features'), features, 1e-4);
});

describe('embed', () => {
  test("gives the test images' kept features again, and says which row is which image and what is none", async () => {
    await writeFile(join(bench.source, 'test', 'broken.png'), '');
    const applied = await apply('embed', join(bench.source, 'test'));
    expect(applied).toMatchObject({ files: 7, images: 6, by: { seed: 1 } });
    const rows = parseNpy(await bodyOf(applied, 'embeddings.npy')) as Float32Array[];
    const which = JSON.parse((await bodyOf(applied, 'embeddings.json')).toString()) as Record<string, string[]>;
    expect(which).toMatchObject({ broken: [{ path: 'broken.png', problem: 'the file has 0 bytes' }] });
    const kept = parseNpy(await bench.store.get(keys.embedding('applied', 1))) as Float32Array[];
    const names = await readNames(bench.store, await loadManifest(bench.store, bench.dataset), 'test');
    expect(rows).toHaveLength(6);
    for (const [at, row] of rows.entries()) {
      const other = kept[names?.indexOf(`test/${which['paths']?.[at]}`) ?? -1] as Float32Array;
      row.forEach((value, i) => expect(value).toBeCloseTo(other[i] as number, 4));
    }
    const table = await tableOf(await bodyOf(applied, 'embeddings.parquet'));
    expect(table).toEqual(rows.map((row, at) => ({ path: which['paths']?.[at], embedding: Array.from(row) })));
  });
});

test('neighbours of a test image: itself first, by class and name, then in the order of the cosine', async () => {
  const applied = await apply('neighbours', join(bench.source, 'test', 'oak', '2.png'), { neighbours: 3 });
  const [line] = linesOf(await bodyOf(applied, 'neighbours.jsonl'));
  const nearest = line?.['nearest'] as { class: string; image: string; cosine: number }[];
  expect(nearest).toHaveLength(3);
  expect(nearest[0]).toMatchObject({ class: 'oak', image: 'test/oak/2.png', cosine: expect.closeTo(1, 5) as number });
  const cosines = nearest.map(({ cosine }) => cosine);
  expect(cosines).toEqual([...cosines].sort((a, b) => b - a));
});
