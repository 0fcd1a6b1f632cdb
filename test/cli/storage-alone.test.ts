import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { keepReport } from '../../activities/report/write-report';
import { keepRunMetrics } from '../../activities/epochs/run-metrics';
import { renderReport } from '../../report/render';
import { report } from '../../storage/keys';
import { sha256 } from '../../storage/integrity';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { keepExport } from '../activities/export/stored-export';
import { sampleResults } from '../report/sample-results';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { byol, emptyHome, pointingTo } from './byol';

/** Commands that need storage alone, with a Temporal server that does not answer, with none, and with settings of one that cannot be read. */
let objects: ObjectStoreServer;
let store: ObjectStore & { close(): void };
beforeAll(async () => {
  objects = await startObjectStore();
  store = openObjectStore(objects.settings);
  const { html, json } = renderReport(sampleResults());
  const files = { 'report.json': [json, 'application/json'], 'index.html': [html, 'text/html'] } as const;
  for (const name of ['x', 'cut', 'gone', 'odd', 'outside', 'bare', 'old']) await keepReport(store, name, files);
  await store.put(report('cut', 'index.html'), Buffer.from(html.slice(0, -9)));
  await store.delete(report('gone', 'report.json'));
  const listing = (file: string) =>
    Buffer.from(JSON.stringify({ files: { [file]: { sha256: sha256(''), bytes: 0 } } }));
  await store.put(report('outside', 'files.json'), listing('../../outside'));
  await store.put(report('bare', 'files.json'), listing('report.json'));
  await store.delete(report('old', 'files.json'));
  await store.put(report('odd', 'files.json'), Buffer.from('{"files":{"../x":{"sha256":"0"}}}'));
  await keepExport(store, 'x', { 'encoder-seed-1.safetensors': 'weights' }, { encoders: { seeds: [1] } });
  const epoch = { epoch: 1, steps: 10, learningRate: 0.1, loss: 1, imagesPerSecond: 9, seconds: 1, worker: 'w' };
  await keepRunMetrics(store, { experiment: 'x', run: 'seed-1/pretraining' }, [epoch], () => undefined);
  for (const [at, name] of ['ash', 'elm'].entries())
    for (let image = 0; image < 6; image++) {
      const background = { r: 100 * at, g: 20 * image, b: 0 };
      const picture = sharp({ create: { width: 32, height: 32, channels: 3, background } }).png();
      await store.put(`photos/${name}/${image}.png`, await picture.toBuffer());
    }
});
afterAll(async () => {
  store?.close();
  await objects?.stop();
});

const environmentWith = (
  temporal: 'that does not answer' | 'that is not named' | 'whose settings are broken',
): Record<string, string> => {
  const home = emptyHome();
  const { TEMPORAL_ADDRESS: _none, ...storage } = pointingTo({ address: '' }, objects.settings);
  if (temporal === 'that does not answer') return { ...home, ...storage, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  if (temporal === 'that is not named') return { ...home, ...storage };
  const file = join(home['HOME']!, 'temporal.toml');
  writeFileSync(file, 'address = "localhost:7233"\n');
  return { ...home, ...storage, TEMPORAL_CONFIG_FILE: file };
};

describe.each(['that does not answer', 'that is not named', 'whose settings are broken'] as const)(
  'a Temporal server %s is not asked',
  (temporal) => {
    const photos = () =>
      `s3://${objects.settings.bucket}/${[objects.settings.prefix, 'photos'].filter(Boolean).join('/')}`;
    test.each<[string, () => string[], string]>([
      ['report', () => ['report', 'x'], join('reports', 'x', 'index.html')],
      ['export', () => ['export', 'x'], join('models', 'x', 'model.json')],
      ['metrics', () => ['metrics', 'x'], 'seed-1/pretraining: epoch 1, train/loss 1.000'],
      ['compare', () => ['compare', 'x', 'x'], 'Their settings are the same.'],
      ['data', () => ['data', photos(), '--size', '32'], 'elm'],
    ])('by byol %s', async (_, args, says) => {
      const { stdout, stderr, code } = await byol(args(), environmentWith(temporal));
      expect(stderr).toBe('');
      expect(stdout).toContain(says);
      expect(code).toBe(0);
    });
  },
);

test.each([
  ['cut', /index\.html in s3:.* is not the file that was written, by its SHA-256/],
  ['gone', /report\.json in s3:.* is gone\. "byol resume gone --again" writes it anew/],
  ['odd', /files\.json in s3:.* is not what byol writes there/],
  ['outside', /files\.json in s3:.* is not what byol writes there .*other files than a report/],
  ['bare', /files\.json in s3:.* is not what byol writes there .*other files than a report/],
  ['old', /was written by an older version .*"byol resume old --again" writes it anew/],
])('a report that is not as it was written is refused, and nothing of it is here: %s', async (name, says) => {
  const home = environmentWith('that is not named');
  const { stderr, code } = await byol(['report', name], home);
  expect(stderr).toMatch(says);
  expect(code).toBe(2);
  expect(existsSync(join(home['HOME']!, 'reports'))).toBe(false);
});

test('metrics --follow needs Temporal, which knows when the experiment ends', async () => {
  const { stderr, code } = await byol(['metrics', 'x', '--follow'], environmentWith('that does not answer'));
  expect(stderr).toContain('No Temporal server answers at 127.0.0.1:1');
  expect(code).toBe(3);
});

test('without a bucket and a stack, how to name or start one is told', async () => {
  const { stderr, code } = await byol(['report', 'x'], emptyHome());
  expect(stderr).toMatch(/No bucket is named, and no dev stack .*"byol up".*BYOL_BUCKET/);
  expect(code).toBe(3);
  const named = await byol(['report', 'x'], { ...emptyHome(), TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(named.stderr).toContain('A Temporal server is named, but no bucket');
  expect(named.code).toBe(2);
});
