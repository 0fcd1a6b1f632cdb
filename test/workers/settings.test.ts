import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runNode } from '../infra/bootstrap-module';
import { deviceSettings, readSettings } from '../../workers/settings';

const environment = {
  HOME: '/nonexistent',
  XDG_CONFIG_HOME: '/nonexistent',
  TEMPORAL_CONFIG_FILE: '',
  BYOL_BUCKET: 'images',
};

test('what is set in the environment is used', async () => {
  const settings = await readSettings({
    ...environment,
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_NAMESPACE: 'vision',
    BYOL_CACHE_DIR: '/cache',
    BYOL_WORKER_NAME: 'node-7',
  });
  expect(settings).toMatchObject({
    temporal: { address: 'temporal.example:7233' },
    namespace: 'vision',
    cache: '/cache/worker',
    identity: 'node-7',
    storage: { bucket: 'images' },
  });
});

test('without settings of Temporal it is the local server', async () => {
  expect(await readSettings(environment)).toMatchObject({
    temporal: { address: 'localhost:7233' },
    namespace: 'default',
  });
});

test('the device is what set-up was made for, unless it is named', () => {
  expect(deviceSettings({}, { gpu: true }).device).toBe('gpu');
  expect(deviceSettings({}, { gpu: false }).device).toBe('cpu');
  expect(deviceSettings({ BYOL_DEVICE: 'cpu' }, { gpu: true }).device).toBe('cpu');
  expect(() => deviceSettings({ BYOL_DEVICE: 'gpu' }, { gpu: false })).toThrow(/without CUDA.*npm run setup -- --gpu/);
  expect(() => deviceSettings({ BYOL_DEVICE: 'tpu' }, { gpu: true })).toThrow(/BYOL_DEVICE is "tpu".*cpu or gpu/);
});

test('half of the cores, or the threads that are named', () => {
  expect(deviceSettings({}, { gpu: false }).threads).toBe(Math.max(1, Math.floor(availableParallelism() / 2)));
  expect(deviceSettings({ BYOL_THREADS: '12' }, { gpu: false }).threads).toBe(12);
  for (const wrong of ['0', '-1', '1.5', 'all', '1e3']) {
    expect(() => deviceSettings({ BYOL_THREADS: wrong }, { gpu: false })).toThrow(`BYOL_THREADS is "${wrong}"`);
  }
});

test('memory in GB, or what the caller knows of the machine', () => {
  expect(deviceSettings({}, { gpu: false })).not.toHaveProperty('memory');
  expect(deviceSettings({ BYOL_MEMORY_GB: '7.5' }, { gpu: false }).memory).toBe(7.5e9);
  for (const wrong of ['0', '-1', 'all', '16GB', 'Infinity'])
    expect(() => deviceSettings({ BYOL_MEMORY_GB: wrong }, { gpu: false })).toThrow(`BYOL_MEMORY_GB is "${wrong}"`);
});

test('the config file is read as the command reads it: a misspelt key is refused, not passed over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'byol-config-'));
  mkdirSync(join(folder, 'durable-byol'));
  const read = async (toml: string) => {
    writeFileSync(join(folder, 'durable-byol', 'config.toml'), toml);
    const given = JSON.stringify({ ...environment, BYOL_BUCKET: '', XDG_CONFIG_HOME: folder });
    const module = JSON.stringify(join(root, 'dist', 'workers', 'settings'));
    const show = `(${String((value: unknown) => process.stdout.write(JSON.stringify(value)))})`;
    // in a process of its own: jest cannot load the parser, which is an ES module
    const code = `require(${module}).readSettings(${given}).then(({ storage }) => storage, String).then${show}`;
    return JSON.parse((await runNode(['-e', code])).stdout) as unknown;
  };
  const whole =
    '[storage]\nbucket = "of-the-file"\nforce_path_style = true\n[temporal]\nui = "http://localhost:8233"\n';
  expect(await read(whole)).toMatchObject({ bucket: 'of-the-file', forcePathStyle: true });
  expect(await read('[storage]\nbuket = "of-the-file"\n')).toMatch(/^SettingsError: "buket".*Did you mean bucket\?/);
  rmSync(folder, { recursive: true });
});
