import fc from 'fast-check';
import { fitMicroBatch } from '../../../activities/machine/fit-micro-batch';
import { engineBytes, fillable, memoryNeed } from '../../../activities/machine/memory';
import { presets } from '../../../experiment/presets';
import { parseSpec } from '../../../experiment/resolve';
import { pretrainingProgram } from '../../../training/byol/program';

const smoke = presets['stl10-smoke']!.spec;
const specOf = (batch: number, accumulate = 1) =>
  parseSpec({
    ...smoke,
    pretraining: { ...smoke.pretraining, batch, accumulate },
    dataset: { ...smoke.dataset, unlabelled: 4096 },
  });
const GB = 1e9;
const images = 4096 * 96 * 96 * 3;
const format = { height: 96, width: 96, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

test('equal parts of the step that fill at most half of the memory beside TensorFlow, and the next larger would not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(64, 96, 250, 512, 2048),
      fc.integer({ min: 4, max: 64 }),
      async (whole, gigabytes) => {
        const { batch, accumulate, needed } = await fitMicroBatch(specOf(whole), gigabytes * GB, 'cpu');
        expect(batch * accumulate).toBe(whole);
        expect(needed).toBeLessThanOrEqual(fillable(gigabytes * GB));
        const own = memoryNeed(pretrainingProgram(specOf(batch, accumulate), format, 512), images).total;
        expect(Math.abs(needed / own - 1)).toBeLessThan(0.02);
        const fewer = Array.from({ length: accumulate - 1 }, (_, at) => accumulate - 1 - at).find(
          (n) => whole % n === 0,
        );
        if (fewer === undefined) return;
        const larger = pretrainingProgram(specOf(whole / fewer, fewer), format, 512);
        expect(memoryNeed(larger, images).total).toBeGreaterThan(0.98 * fillable(gigabytes * GB));
      },
    ),
    { numRuns: 12 },
  );
});

test('the whole step where it fits, also where its parts, which keep gradients as well, do not', async () => {
  const small = { batch: 8, accumulate: 1 };
  expect(await fitMicroBatch(specOf(64), 64 * GB, 'cpu')).toMatchObject({ batch: 64, accumulate: 1, memory: 64 * GB });
  const need = (batch: number, accumulate: number) =>
    memoryNeed(pretrainingProgram(specOf(batch, accumulate), format, 512), images).total;
  expect(need(4, 2)).toBeGreaterThan(need(8, 1));
  const whole = engineBytes + 2 * (need(8, 1) - engineBytes);
  expect(await fitMicroBatch(specOf(8), whole, 'cpu')).toMatchObject(small);
});

test('no more parts than a spec may have', async () => {
  const { pretraining } = smoke;
  const dataset = { ...smoke.dataset, unlabelled: 'all' as const };
  const wide = parseSpec({ ...smoke, dataset, pretraining: { ...pretraining, batch: 65_536, accumulate: 1 } });
  await expect(fitMicroBatch(wide, 0.9 * GB, 'cpu')).rejects.toThrow(/16 images at a time still need/);
});

test('half of the memory beside TensorFlow may be filled, and no more than there is', () => {
  expect(fillable(engineBytes + 2 * GB)).toBe(engineBytes + GB);
  expect(fillable(GB / 4)).toBe(GB / 4);
});

test('a small network is fitted where TensorFlow takes half of the memory', async () => {
  const quickstart = parseSpec({ ...presets['mnist-quickstart']!.spec });
  expect(await fitMicroBatch(quickstart, 0.9 * GB, 'cpu')).toMatchObject({ accumulate: 1 });
});

test('a GPU is asked for what its own program needs', async () => {
  const [cpu, gpu] = await Promise.all(
    (['cpu', 'gpu'] as const).map((kind) => fitMicroBatch(specOf(64), 64 * GB, kind)),
  );
  expect(gpu!.needed).toBeLessThan(0.9 * cpu!.needed);
});

test('what never fits, and memory that is not known, are told', async () => {
  await expect(fitMicroBatch(specOf(2048), GB, 'cpu')).rejects.toThrow(
    /no equal part of pretraining\.batch 2048 that fits: 2 images at a time still need about \d\.\d GB/,
  );
  await expect(fitMicroBatch(specOf(2048), 0.3 * GB, 'cpu')).rejects.toThrow(
    /has 0\.3 GB of memory for pretraining, and TensorFlow alone takes 0\.5 GB/,
  );
  await expect(fitMicroBatch(specOf(2048), 0.6 * GB, 'cpu')).rejects.toThrow(/at most 0\.6 GB may be filled/);
  await expect(fitMicroBatch(specOf(2048), undefined, 'cpu')).rejects.toThrow(/BYOL_MEMORY_GB/);
});
