import fc from 'fast-check';
import { runMicroBatches } from '../../../activities/epochs/steps';
import { quietEnvironment } from '../quiet-environment';

const inActivity = <T>(work: () => Promise<T>): Promise<T> => quietEnvironment().run(work);

test('calls cover every step once, in order, and each epoch has the mean of its own losses', async () => {
  const shape = {
    from: fc.integer({ min: 0, max: 5 }),
    epochs: fc.integer({ min: 1, max: 30 }),
    microBatchesPerEpoch: fc.integer({ min: 1, max: 40 }),
  };
  await fc.assert(
    fc.asyncProperty(fc.record(shape), async ({ from, epochs, microBatchesPerEpoch }) => {
      const to = from + epochs;
      const seen: number[] = [];
      const shown: { epoch: number; step?: unknown }[] = [];
      const figures = await inActivity(() =>
        runMicroBatches(
          { from, to, microBatchesPerEpoch, imagesPerMicroBatch: 8, show: (more) => shown.push(more) },
          (step, count) => {
            const steps = Array.from({ length: count }, (_, at) => step + at);
            seen.push(...steps);
            return Promise.resolve(steps.map((each) => each ** 2));
          },
        ),
      );
      expect(seen).toEqual(
        Array.from({ length: epochs * microBatchesPerEpoch }, (_, at) => from * microBatchesPerEpoch + at),
      );
      expect(figures.map(({ loss }) => loss)).toEqual(
        Array.from({ length: epochs }, (_, at) =>
          meanOfSquares((from + at) * microBatchesPerEpoch, microBatchesPerEpoch),
        ),
      );
      for (const { seconds, imagesPerSecond } of figures) {
        expect(seconds).toBeGreaterThan(0);
        expect(imagesPerSecond * seconds).toBeCloseTo(8 * microBatchesPerEpoch, 6);
      }
      expect(shown.at(-1)).toMatchObject({ epoch: to, step: 0, steps: microBatchesPerEpoch });
    }),
    { numRuns: 30 },
  );
});

test('short epochs share a call, and no call reaches over a boundary', async () => {
  const calls: [number, number][] = [];
  const call = (step: number, count: number) => {
    calls.push([step, count]);
    return Promise.resolve(new Array<number>(count).fill(1));
  };
  const steps = { from: 0, microBatchesPerEpoch: 2, imagesPerMicroBatch: 25, show: () => undefined };
  await inActivity(() => runMicroBatches({ ...steps, to: 120 }, call));
  expect(calls.length).toBeLessThan(120);
  calls.length = 0;
  await inActivity(() => runMicroBatches({ ...steps, microBatchesPerEpoch: 48, to: 2 }, call, 16));
  for (const [step, count] of calls) expect(Math.floor(step / 16)).toBe(Math.floor((step + count - 1) / 16));
});

test('a call that gives fewer losses than it ran steps ends as no number, and not never', async () => {
  const steps = { from: 0, to: 2, microBatchesPerEpoch: 3, imagesPerMicroBatch: 1, show: () => undefined };
  const figures = await inActivity(() => runMicroBatches(steps, () => Promise.resolve([])));
  expect(figures.map(({ loss }) => loss)).toEqual([NaN, NaN]);
});

test('epochs that end in one call ended one after the other', async () => {
  const steps = { from: 0, to: 40, microBatchesPerEpoch: 1, imagesPerMicroBatch: 1, show: () => undefined };
  const call = async (_: number, count: number) => {
    await new Promise((resolve) => setTimeout(resolve, 5 * count));
    return new Array<number>(count).fill(1);
  };
  const ended = (await inActivity(() => runMicroBatches(steps, call))).map(({ at }) => Date.parse(at));
  expect(ended).toEqual([...ended].sort((a, b) => a - b));
  expect(new Set(ended).size).toBeGreaterThan(30);
});

function meanOfSquares(first: number, count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += (first + at) ** 2;
  return sum / count;
}
