import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createApplyModel,
  type AppliedKind,
  type AppliedModel,
  type ApplyModelInput,
} from '../../../activities/apply/apply-model';
import type { ExperimentRef } from '../../../activities/read-spec';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { parseSpec, type ExperimentSpec } from '../../../experiment/resolve';
import { quietEnvironment } from '../quiet-environment';
import { SeedBench } from '../seed-bench';

/** An experiment whose pretraining is complete, applied to what it cannot be applied to. */
let bench: SeedBench;
let experiment: ExperimentRef;
beforeAll(async () => {
  bench = await SeedBench.open({ size: 32, validation: 0.25, fit: 'pad' });
  experiment = await bench.record(spec('applied'));
  await bench.run(createPretrainEpochs(bench.dependencies), {
    ...{ experiment, dataset: bench.dataset, seed: 1, throughEpoch: 2 },
  });
}, 120_000);
afterAll(() => bench.close());

const spec = (name: string): ExperimentSpec =>
  parseSpec({
    name,
    dataset: { kind: 'images', source: bench.source, size: 32, validation: 0.25, fit: 'pad' },
    model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
    seeds: [1],
    pretraining: { epochs: 2, batch: 8, optimizer: { name: 'adam' }, learningRate: 0.003 },
    classifier: { epochs: 20, batch: 3, optimizer: { name: 'adam' }, learningRates: [0.01] },
  });

const apply = (kind: AppliedKind, source: string, more: Partial<ApplyModelInput> = {}): Promise<AppliedModel> =>
  bench.run(createApplyModel(bench.dependencies), {
    ...{ experiment, dataset: bench.dataset, source, kind, id: `${kind}-1` },
    ...more,
  });

describe('says at once, and for good', () => {
  test.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['that nothing is there', () => apply('embed', join(bench.folder, 'nowhere')), 'DatasetError', /is not there/],
    [
      'that there is no image',
      async () => (await mkdir(join(bench.folder, 'empty')), apply('embed', join(bench.folder, 'empty'))),
      'NoImagesError',
      /There is no image in ".*empty"/,
    ],
    [
      'that training is not complete',
      async () => apply('predict', bench.folder, { experiment: await bench.record(spec('begun')) }),
      'UnfinishedExperimentError',
      /"begun" is not ready for predict.*byol resume begun/,
    ],
    [
      'that pretraining is not complete',
      async () => apply('embed', bench.folder, { experiment: await bench.record(spec('begun')) }),
      'UnfinishedExperimentError',
      /no whole checkpoint of the end of seed-1\/pretraining/,
    ],
  ])('%s', async (_, call, name, message) => {
    await expect(call()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    });
  });

  test('and stops between batches when it is cancelled', async () => {
    const environment = quietEnvironment();
    environment.cancel();
    const input = { experiment, dataset: bench.dataset, source: bench.source, kind: 'embed' as const, id: 'x' };
    bench.trainer.calls = [];
    await expect(environment.run(createApplyModel(bench.dependencies), input)).rejects.toThrow(/CANCELLED/i);
    expect(bench.trainer.fed('embed', 'path')).toEqual([]);
  });
});
