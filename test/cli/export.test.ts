import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolderMarker } from '../../experiment/names';
import { experimentSpec, model } from '../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { keepExport } from '../activities/export/stored-export';
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

const pytorch = { 'load.py': 'p', 'classifier.safetensors': 'c' };
const savedModels = {
  'savedmodel/classifier/saved_model.pb': 's',
  'savedmodel/classifier/assets.extra/model.json': '{}',
};
const inHome = (...path: string[]) => join(environment['HOME']!, ...path);

test('fetches the files for PyTorch, or the SavedModels as TensorFlow wants them', async () => {
  await keepExport(store, 'both', {
    ...pytorch,
    ...savedModels,
    'savedmodel/deep/er/still/saved_model.pb': 'not ours',
  });
  await store.put(model('both', 'more.safetensors'), Buffer.from('nor this'));
  const torch = await byol(['export', 'both', '-o', 'weights', '--json'], environment);
  const files = ['classifier.safetensors', 'load.py', 'model.json'].map((file) => join('weights', file));
  expect(JSON.parse(torch.stdout)).toMatchObject({ experiment: 'both', folder: 'weights', files });
  expect(readdirSync(inHome('weights')).sort()).toEqual(
    [ownFolderMarker, 'classifier.safetensors', 'load.py', 'model.json'].sort(),
  );
  const { stdout, code } = await byol(['export', 'both', '--format', 'savedmodel', '-o', 'tf'], environment);
  expect(stdout).toBe('tf/classifier/assets.extra/model.json\ntf/classifier/saved_model.pb\ntf/model.json\n');
  expect(readFileSync(inHome('tf/classifier/saved_model.pb'), 'utf8')).toBe('s');
  expect(existsSync(inHome('tf/deep'))).toBe(false);
  expect(code).toBe(0);
});

test('an export over another one takes its files away, and nothing that is not of it', async () => {
  const four = { ...pytorch, ...savedModels, 'encoder-seed-3.safetensors': '3', 'encoder-seed-4.safetensors': '4' };
  await keepExport(store, 'four', { ...four, 'savedmodel/encoder-seed-4/saved_model.pb': '4' });
  await keepExport(store, 'one', { ...pytorch, ...savedModels, 'classifier.safetensors': 'of another network' });
  const into = async (folder: string, name: string, ...options: string[]) => {
    const { stdout, stderr, code } = await byol(['export', name, '-o', folder, '--json', ...options], environment);
    expect(code).toBe(0);
    return { removed: (JSON.parse(stdout) as { removed: string[] }).removed, stderr };
  };
  const left = (folder: string) => readdirSync(inHome(folder)).filter((file) => file !== ownFolderMarker);
  expect((await into('shared', 'four')).removed).toEqual([]);
  writeFileSync(inHome('shared', 'encoder-seed-3.safetensors'), 'trained further by hand');
  writeFileSync(inHome('shared', 'encoder-seed-5.safetensors'), '5');
  const { removed, stderr } = await into('shared', 'one');
  expect(removed).toEqual([join('shared', 'encoder-seed-4.safetensors')]);
  expect(stderr).toContain('encoder-seed-4.safetensors is removed: it was of the export that lay there before');
  expect(left('shared')).toEqual([
    ...['classifier.safetensors', 'encoder-seed-3.safetensors', 'encoder-seed-5.safetensors', 'load.py', 'model.json'],
  ]);
  expect(readFileSync(inHome('shared', 'classifier.safetensors'), 'utf8')).toBe('of another network');

  await into('shared-tf', 'four', '--format', 'savedmodel');
  expect(left('shared-tf')).toContain('encoder-seed-4');
  await into('shared-tf', 'one', '--format', 'savedmodel');
  expect(left('shared-tf')).toEqual(['classifier', 'model.json']);

  await into('both-forms', 'four');
  expect((await into('both-forms', 'four', '--format', 'savedmodel')).removed).toEqual([]);
});

test('says why there is none', async () => {
  const exported = async (name: string) => {
    const { stderr, code } = await byol(['export', name, '--format', 'savedmodel'], environment);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await exported('never')).toMatch(/no exported weights of "never".*no experiment of that name was started/);
  await store.put(experimentSpec('untrained'), Buffer.from('{}'));
  expect(await exported('untrained')).toMatch(/no exported weights of "untrained".*byol status untrained/);
  await keepExport(store, 'wide', pytorch, { savedModelProblem: 'The weights are 2.6 GiB.' });
  expect(await exported('wide')).toMatch(/"wide" has no SavedModels in .*\. The weights are 2\.6 GiB\./);
  expect(existsSync(inHome('models'))).toBe(false);
});

describe('refuses, and leaves nothing half-written', () => {
  const weights = 'classifier.safetensors';
  const put = (name: string, file: string, text: string) => store.put(model(name, file), Buffer.from(text));
  const whole = { 'a.py': 'a', [weights]: 'some weights', 'z.py': 'z' };

  test.each<[string, (name: string) => Promise<void>, RegExp]>([
    ['cut', (name) => put(name, weights, 'some wei'), /models\/classifier\.safetensors in s3:.* not the file that was/],
    ['swapped', (name) => put(name, 'z.py', 'a'), /models\/z\.py in s3:.* is not the file that was written/],
    ['lost', (name) => store.delete(model(name, weights)), /models\/classifier\.safetensors in s3:.* is gone/],
    ['torn', (name) => put(name, 'model.json', '{"format": "dura'), /models\/model\.json in s3:.*\(it is not JSON\)/],
    ['bare', (name) => put(name, 'model.json', '{"format": "durable-byol-model/1"}'), /model\.json in s3:.*→ at files/],
  ])('an export that is %s', async (name, damage, why) => {
    await keepExport(store, name, whole);
    await damage(name);
    mkdirSync(inHome('kept', name), { recursive: true });
    writeFileSync(inHome('kept', name, weights), 'of another day');
    for (const folder of ['new', 'kept']) {
      const { stderr, code } = await byol(['export', name, '-o', join(folder, name)], environment);
      expect(stderr).toMatch(why);
      expect(stderr).toContain(`"byol resume ${name} --again" exports them anew`);
      expect(stderr).not.toMatch(/^ +at |A fault in byol/m);
      expect(code).toBe(2);
    }
    expect(existsSync(inHome('new'))).toBe(false);
    expect(readdirSync(inHome('kept', name))).toEqual([weights]);
    expect(readFileSync(inHome('kept', name, weights), 'utf8')).toBe('of another day');
  });

  test('a folder that is a file', async () => {
    await keepExport(store, 'in-a-file', whole);
    writeFileSync(inHome('file'), '');
    const { stderr, code } = await byol(['export', 'in-a-file', '-o', 'file'], environment);
    expect(stderr).toMatch(/file cannot be .*Name another/);
    expect(code).toBe(2);
  });
});
