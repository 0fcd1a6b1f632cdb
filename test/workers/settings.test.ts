import { availableParallelism } from 'node:os';
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
