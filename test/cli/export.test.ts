import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { model } from '../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { byol, emptyHome, pointingTo } from './byol';

let objects: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let environment: Record<string, string>;
beforeAll(async () => {
  objects = await startObjectStore();
  store = openObjectStore(objects.settings);
  environment = { ...emptyHome(), ...pointingTo({ address: '127.0.0.1:1' }, objects.settings) };
});
afterAll(async () => {
  store?.close();
  await objects?.stop();
});

const put = (name: string, files: Record<string, string>) =>
  Promise.all(Object.entries(files).map(([file, text]) => store.put(model(name, file), Buffer.from(text))));
const described = JSON.stringify({
  savedModelProblem: null,
  input: { height: 28, width: 28, channels: 1 },
  encoders: { seeds: [] },
});
const pytorch = { 'load.py': 'p', 'classifier.safetensors': 'c', 'model.json': described };
const savedModels = {
  'savedmodel/classifier/saved_model.pb': 's',
  'savedmodel/classifier/assets.extra/model.json': '{}',
};
const inHome = (...path: string[]) => join(environment['HOME']!, ...path);

test('fetches the files for PyTorch, or the SavedModels as TensorFlow wants them', async () => {
  await put('both', { ...pytorch, ...savedModels, 'savedmodel/deep/er/still/saved_model.pb': 'not ours' });
  const torch = await byol(['export', 'both', '-o', 'weights', '--json'], environment);
  const files = ['classifier.safetensors', 'load.py', 'model.json'].map((file) => join('weights', file));
  expect(JSON.parse(torch.stdout)).toMatchObject({ experiment: 'both', folder: 'weights', files });
  const { stdout, code } = await byol(['export', 'both', '--format', 'savedmodel', '-o', 'tf'], environment);
  expect(stdout).toBe('tf/classifier/assets.extra/model.json\ntf/classifier/saved_model.pb\n');
  expect(readFileSync(inHome('tf/classifier/saved_model.pb'), 'utf8')).toBe('s');
  expect(existsSync(inHome('tf/deep'))).toBe(false);
  expect(code).toBe(0);
});

test.each<[string, Record<string, string>, RegExp]>([
  ['untrained', {}, /no exported weights of "untrained".*byol status untrained/],
  ['earlier', { 'model.json': '{}', 'load.py': '' }, /"earlier" has no SavedModels.*an earlier version/],
  ['wide', { 'model.json': '{"savedModelProblem":"The weights are 2.6 GiB."}' }, /"wide" has no.* are 2\.6 GiB\./],
])('says why there is none: %s', async (name, files, sentence) => {
  await put(name, files);
  const { stderr, code } = await byol(['export', name, '--format', 'savedmodel'], environment);
  expect(stderr).toMatch(sentence);
  expect(code).toBe(2);
});
