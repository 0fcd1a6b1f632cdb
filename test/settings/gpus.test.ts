import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkGpu } from '../../infra/doctor/machine';
import { missingGpus, visibleGpus } from '../../settings/gpus';
import { deviceSettings } from '../../workers/settings';

/** Three cards, as nvidia-smi writes them. */
const answers = {
  compute_cap: ['8.0', '7.5', '9.0'],
  'name,memory.total,driver_version': ['A100, 81920 MiB, 550.1', 'T4, 15360 MiB, 550.1', 'H100, 81559 MiB, 550.1'],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'byol-gpus-'));
  const cases = Object.entries(answers).map(([fields, values]) => {
    const lines = values.map((value, at) => `echo '${at}, GPU-${'abc'[at]}0123456, ${value}'`);
    return `--query-gpu=index,uuid,${fields}) ${lines.join('; ')};;`;
  });
  const script = join(folder, 'nvidia-smi');
  writeFileSync(script, `#!/bin/sh\ncase "$1" in ${cases.join(' ')} *) exit 2;; esac\n`);
  chmodSync(script, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

const environment = (more: Record<string, string> = {}) => ({ PATH: `${folder}:/bin:/usr/bin`, ...more });
const capabilities = (visible?: string) =>
  visibleGpus(['compute_cap'], environment(visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible }));

test.each<[string | undefined, string[]]>([
  [undefined, ['8.0', '7.5', '9.0']],
  ['', ['8.0', '7.5', '9.0']],
  ['2,0', ['9.0', '8.0']],
  ['GPU-b0, 2', ['7.5', '9.0']],
  ['0,7,1', ['8.0']], // as CUDA has it: what follows one that is not there is hidden
  ['-1', []],
  ['MIG-1,MIG-2', ['8.0', '8.0']],
])('CUDA_VISIBLE_DEVICES %p leaves those', async (visible, expected) => {
  expect(await capabilities(visible)).toEqual(expected.map((each) => [each]));
});

test('nothing is known where nvidia-smi is not there, or does not know what is asked', async () => {
  expect(await visibleGpus(['compute_cap'], { PATH: '/nonexistent' })).toBeUndefined();
  expect(await visibleGpus(['colour'], environment())).toBeUndefined();
});

test('a worker that is to train on more GPUs than there are does not start, unless nothing is known', () => {
  const devices = (more: Record<string, string>, shown?: number) =>
    deviceSettings(more, { gpu: true, shown }).devices.length;
  expect(devices({ BYOL_DEVICES: '3' }, 3)).toBe(3);
  expect(devices({ BYOL_DEVICES: '4' })).toBe(4);
  expect(() => devices({ BYOL_DEVICES: '4' }, 3)).toThrow(
    'BYOL_DEVICES is 4, but nvidia-smi shows 3 GPUs. Set BYOL_DEVICES and CUDA_VISIBLE_DEVICES to what is there.',
  );
  expect(devices({ BYOL_DEVICE: 'cpu' }, 0)).toBeGreaterThan(0);
  expect(missingGpus(1, 0, { CUDA_VISIBLE_DEVICES: '7' })).toBe(
    'BYOL_DEVICES is 1, as where it is not set, but nvidia-smi shows 0 GPUs of those that CUDA_VISIBLE_DEVICES names ("7").',
  );
});

test('the doctor names the cards that are visible, and fails where a worker would want more', async () => {
  expect(await checkGpu(true, environment({ CUDA_VISIBLE_DEVICES: '2' }))).toMatchObject({
    status: 'ok',
    detail: 'H100, 81559 MiB, 550.1',
  });
  const two = environment({ CUDA_VISIBLE_DEVICES: '0,9', BYOL_DEVICES: '2' });
  expect(await checkGpu(true, two)).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/^BYOL_DEVICES is 2, but nvidia-smi shows 1 GPU of .*"0,9".* A100, 81920/) as string,
    remedy: expect.stringContaining('Set BYOL_DEVICES') as string,
  });
  expect(await checkGpu(true, { ...two, BYOL_DEVICE: 'cpu' })).toMatchObject({ status: 'ok' });
  expect(await checkGpu(false, two)).toMatchObject({
    status: 'warn',
    detail: expect.stringMatching(/not used/) as string,
  });
  expect(await checkGpu(true, { PATH: '/nonexistent' })).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/no NVIDIA driver/) as string,
  });
  expect(await checkGpu(false, { PATH: '/nonexistent' })).toMatchObject({
    status: 'ok',
    detail: expect.stringMatching(/^none/) as string,
  });
});
