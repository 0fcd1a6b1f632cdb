import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeFirstGpu } from '../../bench/gpu';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gpus-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Two cards, as nvidia-smi writes them. */
function withCards(visible?: string): NodeJS.ProcessEnv {
  const script = join(folder, 'nvidia-smi');
  const cards = ['0, GPU-a, Tesla T4, 7.5, 580.1', '1, GPU-b, NVIDIA H100, 9.0, 580.1'];
  writeFileSync(script, `#!/bin/sh\n${cards.map((card) => `echo '${card}'`).join('\n')}\n`);
  chmodSync(script, 0o755);
  const environment = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  return visible === undefined ? environment : { ...environment, CUDA_VISIBLE_DEVICES: visible };
}

test('the first GPU that is shown is measured, and both sides are shown no other', async () => {
  const all = withCards();
  expect(await takeFirstGpu(all, true)).toEqual({
    name: 'Tesla T4, compute capability 7.5, driver 580.1',
    bf16: false,
  });
  expect(all).toMatchObject({ CUDA_VISIBLE_DEVICES: '0', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
  const second = withCards('1,0');
  expect(await takeFirstGpu(second, true)).toEqual({
    name: 'NVIDIA H100, compute capability 9.0, driver 580.1',
    bf16: true,
  });
  expect(second['CUDA_VISIBLE_DEVICES']).toBe('1');
});

test('without a GPU, or without CUDA, it is said what to do', async () => {
  await expect(takeFirstGpu({ PATH: folder }, true)).rejects.toThrow(/nvidia-smi shows no GPU/);
  await expect(takeFirstGpu(withCards(), false)).rejects.toThrow(/npm run setup -- --gpu/);
});
