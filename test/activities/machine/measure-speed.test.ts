import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDescribeMachine } from '../../../activities/machine/describe-machine';
import { createMeasureSpeed, rateOf } from '../../../activities/machine/measure-speed';
import { Trainer } from '../../../activities/trainer';
import { setupPaths } from '../../../infra/setup-paths';
import { draftOf } from '../../../experiment/plan/plan';
import type { DataLook } from '../../../experiment/plan/look';
import { quietEnvironment } from '../quiet-environment';

jest.setTimeout(180_000);

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'byol-measure-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

test('the figures of a real engine are numbers, and nothing stays behind', async () => {
  const setup = setupPaths();
  const engine = { binding: setup.tensorflowBinding, libraryPath: setup.libraryPath };
  const trainer = new Trainer({ engine, cache, device: 'cpu', threads: 1 });
  const dependencies = {
    cache,
    device: 'cpu',
    devices: 2,
    trainer,
    worker: 'test',
    store: undefined as never,
  } as const;
  const run = <O>(activity: () => Promise<O>): Promise<O> => quietEnvironment().run(activity);
  const machine = await run(createDescribeMachine(dependencies));
  expect(machine).toMatchObject({ device: 'cpu', devices: 2, cores: availableParallelism() });

  const look: DataLook = {
    name: 'small',
    dataset: { kind: 'images', source: '/nowhere' },
    facts: { train: 400, test: 100, smallestClass: 100, classes: 4, channels: 3, pixels: 32 },
  };
  const arms = [{ path: 'arms', value: ['supervised', 'linear-probe', 'fine-tuned'] }];
  const spec = draftOf(look, machine, arms);
  const measure = createMeasureSpeed(dependencies);
  const speed = await run(() => measure({ spec, channels: 3, classes: 4 }));
  const { pretraining, classifier, prediction, secondsToLoad, secondsToSave } = speed;
  for (const figure of [pretraining, ...Object.values(classifier), prediction, secondsToLoad, secondsToSave]) {
    expect(figure).toBeGreaterThan(0);
    expect(figure).toBeLessThan(Infinity);
  }
  expect(classifier['fine-tuned']).toBe(classifier.supervised);
  expect(classifier['linear-probe']).not.toBe(classifier.supervised);
  expect(await readdir(join(cache, 'states'))).toEqual([]);
});

test('a rate is that of calls with several steps, without the first ones', async () => {
  let clock = 0;
  const counts: number[] = [];
  // A call takes 20 ms and each of its steps 10 ms.
  const call = (count: number) => {
    counts.push(count);
    clock += 20 + 10 * count;
    return Promise.resolve();
  };
  const measured = () => rateOf(32, call, 50, () => clock);
  const rate = await quietEnvironment().run<[], number, typeof measured>(measured);
  expect(counts).toEqual([1, 17, 45, 48, 48, 48]);
  const steps = 17 + 45 + 3 * 48;
  expect(rate).toBeCloseTo((steps * 32) / (0.02 * 5 + 0.01 * steps));
});
