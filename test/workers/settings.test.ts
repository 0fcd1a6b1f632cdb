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

const machine = (cores: number) => ({ cores, memory: 16e9 });

test('threads are chosen for the cores, or are those that are named', () => {
  expect(deviceSettings({}, { gpu: false }).threads).toMatchObject({ cores: availableParallelism() });
  expect(deviceSettings({}, { gpu: false }, machine(1)).threads).toEqual({ cores: 1, devices: 1 });
  expect(deviceSettings({ BYOL_THREADS: '12' }, { gpu: false }).threads).toBe(12);
  for (const wrong of ['0', '-1', '1.5', 'all', '1e3']) {
    expect(() => deviceSettings({ BYOL_THREADS: wrong }, { gpu: false })).toThrow(`BYOL_THREADS is "${wrong}"`);
  }
});

test('a CPU with more than one core counts as two devices, a GPU as one, unless their number is given', () => {
  const count = (environment: Record<string, string>, gpu: boolean, cores = 8) =>
    deviceSettings(environment, { gpu }, machine(cores)).devices.length;
  expect(count({}, false)).toBe(2);
  expect(count({}, false, 1)).toBe(1);
  expect(count({}, true)).toBe(1);
  expect(count({ BYOL_DEVICES: '3' }, false)).toBe(3);
  expect(count({ BYOL_DEVICES: '4' }, true)).toBe(4);
  expect(() => count({ BYOL_DEVICES: '9' }, false)).toThrow('BYOL_DEVICES is 9, but this machine has 8 cores');
  expect(() => count({ BYOL_DEVICES: '0' }, false)).toThrow('BYOL_DEVICES is "0". Give a whole number of devices');
});

test('each of several GPUs is shown alone, of those that the worker may see', () => {
  const visible = (environment: Record<string, string>) =>
    deviceSettings({ BYOL_DEVICE: 'gpu', ...environment }, { gpu: true }).devices.map((device) => device.visible);
  expect(visible({})).toEqual(['0']);
  expect(visible({ BYOL_DEVICES: '2' })).toEqual(['0', '1']);
  expect(visible({ BYOL_DEVICES: '2', CUDA_VISIBLE_DEVICES: '5,GPU-7a,2' })).toEqual(['5', 'GPU-7a']);
  expect(() => visible({ BYOL_DEVICES: '2', CUDA_VISIBLE_DEVICES: '3' })).toThrow(
    'BYOL_DEVICES is 2, but CUDA_VISIBLE_DEVICES shows 1: "3"',
  );
});

test('devices on a CPU share its memory, or what is given in GB; that of a GPU is not known unless given', () => {
  const memory = (environment: Record<string, string>, gpu = false) =>
    deviceSettings(environment, { gpu }, machine(4)).memory;
  expect(memory({})).toBe(8e9);
  expect(memory({ BYOL_DEVICES: '1' })).toBe(16e9);
  expect(memory({ BYOL_MEMORY_GB: '7.5', BYOL_DEVICES: '3' })).toBe(2.5e9);
  expect(memory({}, true)).toBeUndefined();
  expect(memory({ BYOL_MEMORY_GB: '80', BYOL_DEVICES: '2' }, true)).toBe(80e9);
  for (const wrong of ['0', '-1', 'all', '16GB', 'Infinity'])
    expect(() => memory({ BYOL_MEMORY_GB: wrong })).toThrow(`BYOL_MEMORY_GB is "${wrong}"`);
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
