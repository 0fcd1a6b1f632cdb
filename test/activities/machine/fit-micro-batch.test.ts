import fc from 'fast-check';
import { fitMicroBatch } from '../../../activities/machine/fit-micro-batch';
import { memoryNeed } from '../../../activities/machine/memory';
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

test('equal parts of the step that fill at most half of the memory, and the next larger would not', () => {
  fc.assert(
    fc.property(fc.constantFrom(64, 96, 250, 512, 2048), fc.integer({ min: 4, max: 64 }), (whole, gigabytes) => {
      const { batch, accumulate, needed } = fitMicroBatch(specOf(whole), gigabytes * GB);
      expect(batch * accumulate).toBe(whole);
      expect(needed).toBeLessThanOrEqual((gigabytes * GB) / 2);
      const own = memoryNeed(pretrainingProgram(specOf(batch, accumulate), format, 512), images).total;
      expect(Math.abs(needed / own - 1)).toBeLessThan(0.02);
      const fewer = Array.from({ length: accumulate - 1 }, (_, at) => accumulate - 1 - at).find((n) => whole % n === 0);
      if (fewer === undefined) return;
      const larger = pretrainingProgram(specOf(whole / fewer, fewer), format, 512);
      expect(memoryNeed(larger, images).total).toBeGreaterThan(0.98 * ((gigabytes * GB) / 2));
    }),
    { numRuns: 12 },
  );
});

test('the whole step where it fits', () => {
  expect(fitMicroBatch(specOf(64), 64 * GB)).toMatchObject({ batch: 64, accumulate: 1, memory: 64 * GB });
});

test('what never fits, and memory that is not known, are told', () => {
  expect(() => fitMicroBatch(specOf(2048), GB)).toThrow(
    /no equal part of pretraining\.batch 2048 that fits: 2 images at a time still need about \d\.\d GB/,
  );
  expect(() => fitMicroBatch(specOf(2048), undefined)).toThrow(/BYOL_MEMORY_GB/);
});
