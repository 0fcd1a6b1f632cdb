import { requireMemory } from '../../../activities/machine/memory';
import type { Program } from '../../../training/program';

/** A program whose step takes 100 MB for each image, and no less than 16 of them. */
const program = (batch: number) =>
  ({ precision: 'fp32', state: { bytes: 0 }, callBytes: { train: Math.max(16, batch) * 1e8 } }) as unknown as Program;

function refusal(batch: number, accumulate: number, memory: number): string {
  const pretraining = { what: 'Pretraining', setting: 'pretraining.batch' } as const;
  try {
    requireMemory(memory, 0, { ...pretraining, batch, accumulate, program });
  } catch (error) {
    return (error as Error).message;
  }
  return 'fits';
}

test('a batch that does not divide is not said to make a step of as many images', () => {
  expect(refusal(512, 1, 40e9)).toContain('With pretraining.batch 256 and pretraining.accumulate 2 a step has as many');
  expect(refusal(513, 1, 40e9)).toContain(
    'pretraining.batch 256 and pretraining.accumulate 2 a step has nearly as many',
  );
});

test('no accumulation is named that a spec may not have', () => {
  expect(refusal(64, 2048, 5.3e9)).toContain('With pretraining.batch 32 and pretraining.accumulate 4096');
  expect(refusal(64, 4096, 5.3e9)).toContain('No batch is small enough');
});
