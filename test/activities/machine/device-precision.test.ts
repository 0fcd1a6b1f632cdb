import { readFileSync } from 'node:fs';
import { devicePrecisions, PrecisionError, requirePrecision } from '../../../activities/machine/device-precision';
import { createDescribeMachine } from '../../../activities/machine/describe-machine';
import { readTrainingData } from '../../../activities/dataset/training-data';
import type { TrainingDependencies } from '../../../activities/training-dependencies';
import { autoPrecision, cpuComputesBf16, gpusComputeBf16 } from '../../../experiment/precision';
import { presets } from '../../../experiment/presets';
import { specDigest } from '../../../experiment/digest';
import { parseSpec } from '../../../experiment/resolve';

const quickstart = presets['mnist-quickstart']!.spec;
const spec = parseSpec({ ...quickstart, precision: 'bf16' });

test("bf16 by the processor's flags and by the GPUs' compute capability", () => {
  expect(cpuComputesBf16('fpu avx2 avx512f avx512_bf16')).toBe(true);
  expect(cpuComputesBf16('fpu avx512f amx_tile amx_bf16')).toBe(true);
  // AVX-512 alone emulates it, AVX-VNNI has to do with whole numbers, and amx_tile computes nothing.
  expect(cpuComputesBf16('fpu avx2 avx512f avx512_vnni avx_vnni amx_tile')).toBe(false);
  expect(gpusComputeBf16([8, 9])).toBe(true);
  expect(gpusComputeBf16([8.6, 7.5])).toBe(false);
  expect(gpusComputeBf16([])).toBe(false);
});

test('what this machine is said to compute in is what its kernel says, and auto follows it', async () => {
  const bf16 = /avx512_bf16|amx_bf16/.test(readFileSync('/proc/cpuinfo', 'latin1'));
  const computes = await devicePrecisions('cpu');
  expect(computes).toEqual(bf16 ? ['fp32', 'bf16'] : ['fp32']);
  const machine = await createDescribeMachine({ device: 'cpu', devices: 1, computes })();
  expect(autoPrecision(machine).precision).toBe(bf16 ? 'bf16' : 'fp32');
});

test('a worker that lacks the precision refuses every activity that would train or judge in another', async () => {
  const store = { location: 'memory', get: () => Promise.resolve(Buffer.from(JSON.stringify(spec))) };
  const dependencies = { store, computes: ['fp32'], device: 'cpu', worker: 'old' } as unknown as TrainingDependencies;
  const experiment = { name: spec.name, specDigest: specDigest(spec) };
  const refused = readTrainingData(dependencies, { experiment, dataset: 'd', seed: 1 });
  await expect(refused).rejects.toThrow(PrecisionError);
  await expect(refused).rejects.toThrow(
    /mnist-quickstart is trained in bf16, and the device of the worker old, a CPU, computes in fp32 \(bf16 takes .*precision=fp32/,
  );
});

test('what is there, or not known, is not refused', () => {
  const worker = { device: 'cpu', worker: 'w' } as const;
  expect(() => requirePrecision({ ...worker, computes: ['fp32', 'bf16'] }, spec)).not.toThrow();
  expect(() => requirePrecision({ ...worker, computes: undefined }, spec)).not.toThrow();
  expect(() => requirePrecision({ ...worker, computes: ['fp32'] }, parseSpec(quickstart))).not.toThrow();
});

test('fp16 is for GPUs', async () => {
  const half = parseSpec({ ...quickstart, precision: 'fp16' });
  const computes = await devicePrecisions('cpu');
  expect(() => requirePrecision({ device: 'cpu', worker: 'w', computes }, half)).toThrow(/fp16 takes a GPU/);
  // No driver says what it is: nothing is known of bf16.
  const gpu = await devicePrecisions('gpu');
  expect(gpu).toEqual(['fp32', 'fp16']);
  expect(await devicePrecisions('gpu', [8, 9])).toEqual(['fp32', 'fp16', 'bf16']);
  expect(() => requirePrecision({ device: 'gpu', worker: 'w', computes: gpu }, half)).not.toThrow();
  expect(autoPrecision({ device: 'gpu', bf16: false }).precision).toBe('fp32');
});

test('the presets are trained in fp32', () => {
  for (const preset of Object.values(presets)) expect(parseSpec(preset.spec).precision).toBe('fp32');
});
