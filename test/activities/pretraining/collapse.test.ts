import { readMetadata } from '../../../activities/epochs/checkpoint-metadata';
import { createPretrainEpochs, type PretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import { createWriteReport } from '../../../activities/report/write-report';
import { parseSpec, type ExperimentSpec } from '../../../experiment/resolve';
import type { EpochMetrics } from '../../../experiment/epoch-metrics';
import type { ExperimentResults } from '../../../report/results';
import { sha256 } from '../../../storage/integrity';
import { latestCheckpoint } from '../../../storage/checkpoint-restore';
import * as keys from '../../../storage/keys';
import { SeedBench } from '../seed-bench';

/** Case B6: images of three colours, a rate of a hundred times the usual one, and the same with the usual one. */
let bench: SeedBench;
beforeAll(async () => (bench = await SeedBench.open({ size: 32, validation: 0.25 })), 60_000);
afterAll(() => bench.close());

const epochs = 40;
const classifier = { epochs: 1, batch: 4, optimizer: { name: 'adam' }, learningRates: [0.01] };
const view = [{ op: 'random-affine-crop' }, { op: 'gaussian-blur', kernel: 3 }];
const spec = (name: string, changes: object): ExperimentSpec =>
  parseSpec({
    name,
    dataset: { kind: 'images', source: bench.source, size: 32, validation: 0.25 },
    model: { backbone: 'resnet-mini', stem: '5x5', width: 16 },
    seeds: [1],
    pretraining: {
      epochs,
      batch: 8,
      optimizer: { name: 'adam' },
      learningRate: 0.003,
      tau: { base: 0.9 },
      projector: { hidden: 256, output: 64 },
      predictor: { hidden: 256 },
      views: { first: view, second: view },
      monitor: { every: 5 },
      ...changes,
    },
    classifier,
  });
const absurd = { learningRate: 0.3 };

async function pretrain(made: ExperimentSpec, throughEpoch = epochs): ReturnType<PretrainEpochs> {
  const experiment = await bench.record(made);
  return bench.run(createPretrainEpochs(bench.dependencies), {
    experiment,
    dataset: bench.dataset,
    seed: 1,
    throughEpoch,
  });
}

test('a healthy run is not accused, and its neighbours name the colours', async () => {
  const trained = await pretrain(spec('healthy', {}));
  expect(trained).toMatchObject({ epoch: epochs, last: { knnAccuracy: 1 } });
  expect(trained).not.toHaveProperty('collapsed');
  const last = trained.last as EpochMetrics &
    Record<'spread' | 'effectiveRank' | 'imageRank' | 'alignment' | 'uniformity', number>;
  expect([last.effectiveRank, last.imageRank].map((rank) => Math.round(rank))).toEqual([2, 2]);
  expect(last.spread).toBeGreaterThan(0.5);
  expect(last.alignment).toBeLessThan(1);
  expect(last.uniformity).toBeLessThan(-0.5);
});

test('an absurd rate collapses it with a low loss: pretraining stops and says why, also when it is resumed', async () => {
  const made = spec('stopped', absurd);
  const failure = await pretrain(made).then(
    () => null,
    (error: Error & { retryable?: boolean }) => error,
  );
  expect(failure).toMatchObject({ name: 'CollapsedError', retryable: false });
  expect(failure?.message).toMatch(
    /^The encoder of seed 1 collapsed: from epoch \d+ of 40 on it has .*pretraining\.learningRate is 0\.3 with adam.*onCollapse=continue/,
  );
  expect(failure?.message).not.toContain('\n');
  bench.trainer.calls = [];
  await expect(pretrain(made)).rejects.toThrow('The encoder of seed 1 collapsed');
  expect(bench.trainer.fed('train', 'indices')).toEqual([]);
});

test('where the spec says so it goes on, and the report calls the comparison invalid', async () => {
  const made = spec('continued', { ...absurd, monitor: { every: 5, onCollapse: 'continue' } });
  const { collapsed, last } = await pretrain(made);
  expect(last?.loss).toBeLessThan(1);
  expect(collapsed?.epoch).toBeLessThanOrEqual(epochs);
  await bench.classify(made, { learningRate: 0.01, epochs: 1 });
  const experiment = await bench.record(made);
  const { headline } = await bench.run(createWriteReport({ store: bench.store, scratch: bench.folder, version: '1' }), {
    experiment,
    dataset: bench.dataset,
  });
  expect(headline).toMatch(/^No valid answer: the encoder collapsed for seed 1 \(1 of 1\)/);
  const json = (await bench.store.get(keys.report('continued', 'report.json'))).toString();
  const { results } = JSON.parse(json) as { results: ExperimentResults };
  expect(results.pretraining[0]?.collapsed).toEqual(collapsed);
});

describe('watching', () => {
  const kept = async (name: string, key: (name: string, seed: number) => string) => bench.store.get(key(name, 1));
  const watch = async (name: string, every: number) => {
    bench.trainer.calls = [];
    const { checkpoint } = await pretrain(spec(name, { epochs: 4, monitor: { every } }), 4);
    return {
      digest: checkpoint.digest,
      looks: bench.trainer.calls.filter(({ signature }) => signature === 'monitor').length,
    };
  };

  test('is done as often as the spec says, and leaves the bits of the training as they are', async () => {
    const [often, seldom] = [await watch('often', 1), await watch('seldom', 3)];
    expect([often.looks, seldom.looks]).toEqual([4, 2]); // the last epoch is always looked at
    expect(often.digest).toBe(seldom.digest);
    const { manifest } = (await latestCheckpoint(bench.store, { experiment: 'often', run: keys.pretrainingRun(1) }))!;
    const { epochs } = readMetadata('often', manifest.metadata);
    expect(epochs.map(({ knnBefore }) => knnBefore !== undefined)).toEqual([true, false, false, false]);
  });

  test('keeps the features of the test images, the same bytes of the same weights', async () => {
    const npy = await kept('often', keys.embedding);
    expect(npy.equals(await kept('seldom', keys.embedding))).toBe(true);
    const head = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 128), }";
    expect(npy.subarray(0, 8)).toEqual(Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0]));
    expect(npy.subarray(10, 128).toString()).toBe(`${head.padEnd(117)}\n`);
    expect(npy.length).toBe(128 + 4 * 6 * 128);
    const which: unknown = JSON.parse((await kept('often', keys.embeddingPlaces)).toString());
    expect(which).toEqual({
      ...{ places: [0, 1, 2, 3, 4, 5], labels: [0, 0, 1, 1, 2, 2], classes: ['ash', 'elm', 'oak'] },
      sha256: sha256(npy),
    });
  });

  test('makes again what the report draws, where it was lost: the same bytes, and nothing is trained', async () => {
    const drawn = [keys.embedding, keys.embeddingPlaces, (name: string) => keys.samples(name)];
    const before = await Promise.all(drawn.map((key) => kept('often', key)));
    for (const [at, key] of drawn.entries()) {
      await bench.store.delete(key('often', 1));
      bench.trainer.calls = [];
      await pretrain(spec('often', { epochs: 4, monitor: { every: 1 } }), 4);
      expect((await kept('often', key)).equals(before[at] as Buffer)).toBe(true);
      expect(bench.trainer.calls.filter(({ signature }) => signature === 'train')).toEqual([]);
    }
  });
});
