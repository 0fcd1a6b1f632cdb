import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createApplyModel } from '../../../activities/apply/apply-model';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { quietEnvironment } from '../quiet-environment';
import type { SeedBench } from '../seed-bench';
import { AppliedExperiment } from './applied-experiment';

/** An experiment whose pretraining is complete, applied to what it cannot be applied to. */
let on: AppliedExperiment;
let bench: SeedBench;
beforeAll(async () => {
  on = await AppliedExperiment.open();
  bench = on.bench;
}, 120_000);
afterAll(() => bench.close());

describe('says at once, and for good', () => {
  test.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['that nothing is there', () => on.apply('embed', join(bench.folder, 'nowhere')), 'DatasetError', /is not there/],
    [
      'that there is no image',
      async () => (await mkdir(join(bench.folder, 'empty')), on.apply('embed', join(bench.folder, 'empty'))),
      'NoImagesError',
      /There is no image in ".*empty"/,
    ],
    [
      'that training is not complete',
      async () => on.apply('predict', bench.folder, { experiment: await bench.record(on.spec('begun')) }),
      'UnfinishedExperimentError',
      /"begun" is not ready for predict.*byol resume begun/,
    ],
    [
      'that pretraining is not complete',
      async () => on.apply('embed', bench.folder, { experiment: await bench.record(on.spec('begun')) }),
      'UnfinishedExperimentError',
      /no whole checkpoint of the end of seed-1\/pretraining/,
    ],
  ])('%s', async (_, call, name, message) => {
    await expect(call()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    });
  });

  test('that a network diverged, whose features are no numbers', async () => {
    const usual = on.spec('diverged');
    const experiment = await bench.record({
      ...usual,
      pretraining: {
        ...{
          ...usual.pretraining,
          optimizer: { name: 'sgd', momentum: 0, weightDecay: 1 },
          learningRate: 1000,
          epochs: 8,
        },
        monitor: { ...usual.pretraining.monitor, onCollapse: 'continue' },
      },
    });
    const input = { experiment, dataset: bench.dataset, seed: 1, throughEpoch: 8 };
    await bench.run(createPretrainEpochs(bench.dependencies), input);
    await expect(on.apply('embed', bench.source, { experiment })).rejects.toMatchObject({
      name: 'DivergedNetworkError',
      message: expect.stringMatching(
        /^The features of seed-1\/pretraining are not finite: its training diverged/,
      ) as string,
    });
  });

  test('and stops between batches when it is cancelled', async () => {
    const environment = quietEnvironment();
    environment.cancel();
    const input = {
      experiment: on.experiment,
      dataset: bench.dataset,
      source: bench.source,
      kind: 'embed' as const,
      id: 'x',
    };
    bench.trainer.calls = [];
    await expect(environment.run(createApplyModel(bench.dependencies), input)).rejects.toThrow(/CANCELLED/i);
    expect(bench.trainer.fed('embed', 'path')).toEqual([]);
  });
});
