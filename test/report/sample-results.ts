import { arms, type Arm } from '../../experiment/comparison';
import { classificationMetrics } from '../../report/classification-metrics';
import { type EpochMetrics } from '../../experiment/epoch-metrics';
import {
  experimentResults,
  type ComparisonResult,
  type ExperimentResults,
  type TestMetrics,
} from '../../report/results';

/** One grey pixel. */
export const greyPixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

/** Test accuracies in the order of the seeds, by label budget: as in the quickstart's trial. */
export type Accuracies = Record<number, Record<'supervised' | 'fine-tuned', number[]> & Partial<Record<Arm, number[]>>>;
export const quickstartAccuracies: Accuracies = {
  50: { supervised: [0.785, 0.762, 0.771], 'fine-tuned': [0.927, 0.93, 0.918] },
  100: { supervised: [0.917, 0.916, 0.905], 'fine-tuned': [0.939, 0.95, 0.949] },
};

const rates = [0.001, 0.003, 0.01];

function epochsOf(n: number, values: (share: number, epoch: number) => Partial<EpochMetrics>): EpochMetrics[] {
  return Array.from({ length: n }, (_, i) => ({
    epoch: i + 1,
    steps: 312,
    loss: 1,
    learningRate: 0.003,
    imagesPerSecond: 1573,
    seconds: 6.4,
    worker: 'gpu-1',
    ...values((i + 1) / n, i + 1),
  }));
}

const wobble = (seed: number, epoch: number): number => Math.sin(seed * 12.9898 + epoch * 78.233) * 0.03;

const pretrainingOf = (seed: number, lastSpread: number) => ({
  seed,
  checkpoint: `${seed}`.repeat(64).slice(0, 64),
  epochs: epochsOf(6, (share, epoch) => ({
    loss: 2.6 - 1.9 * Math.sqrt(share) + wobble(seed, epoch),
    spread: share === 1 ? lastSpread : 0.4 + (lastSpread - 0.4) * share + wobble(seed, epoch),
    tau: 0.9 + 0.1 * share,
  })),
});

function comparisonOf(seed: number, arm: Arm, labels: number, accuracy: number) {
  const best = arm === 'supervised' ? 1 : 0;
  const search = rates.map((learningRate, i) => {
    const validationAccuracy = accuracy - 0.012 - 0.02 * Math.abs(i - best) - 0.004 * (i - best);
    const curve = epochsOf(60, (share, epoch) => ({
      loss: 2.3 * Math.exp(-4 * share) + Math.abs(wobble(seed, epoch)),
      validationAccuracy: Math.min(
        1,
        Math.max(0, validationAccuracy * (1 - Math.exp(-6 * share)) + wobble(seed, epoch) / 3),
      ),
    }));
    return { learningRate, epochs: 60, validationAccuracy, validationLoss: 1 - validationAccuracy, curve };
  });
  const chosen = search[best];
  if (!chosen) throw new Error('no rate');
  return {
    seed,
    arm,
    labels,
    labelCount: labels,
    search,
    chosen: { learningRate: chosen.learningRate, epochs: chosen.epochs },
    validationAccuracy: chosen.validationAccuracy,
    test: testOf(accuracy, `experiments/mnist/runs/seed-${seed}/${arm}/predictions-test.csv`),
  };
}

const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** Test metrics of 10,000 digits of which `accuracy` are right and the others taken for the next digit. */
export function testOf(accuracy: number, predictionsKey = 'predictions-test.csv'): TestMetrics {
  const truth = Array.from({ length: 10_000 }, (_, at) => at % 10);
  const probabilities = new Float64Array(10 * truth.length).fill(0.02);
  truth.forEach((label, at) => {
    const predicted = at < Math.round(accuracy * truth.length) ? label : (label + 1) % 10;
    probabilities[10 * at + predicted] = 0.82;
  });
  return {
    ...classificationMetrics(probabilities, truth, digits),
    ...{ accuracy, predictionsKey, predictionsSha256: '0'.repeat(64) },
  };
}

const sampleTest = testOf(0.9);

/** Accuracies alone, as results: what statistics are made of, quickly; seeds from 11 on. */
export const bareComparisons = (accuracies: Accuracies): ComparisonResult[] =>
  Object.entries(accuracies).flatMap(([labels, byArm]) =>
    arms.flatMap((arm) =>
      (byArm[arm] ?? []).map((accuracy, at) => ({
        ...{ seed: at + 11, arm, labels: Number(labels), labelCount: Number(labels) },
        ...{ search: [], chosen: { learningRate: 0.001, epochs: 1 }, validationAccuracy: 0 },
        test: { ...sampleTest, accuracy },
      })),
    ),
  );

const spec = (labels: number[], seeds: number[]) => ({
  name: 'mnist-quickstart',
  dataset: { kind: 'mnist-idx' },
  model: { backbone: 'resnet-mini', stem: '5x5', width: 16 },
  labels,
  seeds,
  pretraining: {
    epochs: 6,
    batch: 32,
    optimizer: { name: 'adam' },
    learningRate: 0.003,
    views: { first: [{ op: 'gaussian-blur', kernel: 3 }], second: [{ op: 'gaussian-blur', kernel: 3 }] },
  },
  classifier: { epochs: 60, batch: 50, optimizer: { name: 'adam' }, learningRates: rates },
});

/** Realistic results, valid by the schema: `accuracies` may have any number of budgets and seeds. */
export function sampleResults(accuracies: Accuracies = quickstartAccuracies, lastSpread = 0.95): ExperimentResults {
  const budgets = Object.keys(accuracies).map(Number);
  const seedCount = Math.max(...budgets.map((labels) => accuracies[labels]?.supervised.length ?? 0));
  const seeds = Array.from({ length: seedCount }, (_, i) => i + 11);
  return experimentResults.parse({
    experiment: 'mnist-quickstart',
    spec: spec(budgets, seeds),
    dataset: {
      digest: 'd'.repeat(64),
      kind: 'mnist-idx',
      image: { height: 28, width: 28, channels: 1 },
      classes: digits,
      counts: { unlabelled: 10_000, train: 60_000, validation: 5_000, test: 10_000 },
    },
    pretraining: seeds.map((seed) => pretrainingOf(seed, lastSpread)),
    comparisons: budgets.flatMap((labels) =>
      arms.flatMap((arm) =>
        (accuracies[labels]?.[arm] ?? []).map((accuracy, i) => comparisonOf(seeds[i] ?? 0, arm, labels, accuracy)),
      ),
    ),
    samples: Array.from({ length: 4 }, () => ({
      original: greyPixel,
      views: [
        [greyPixel, greyPixel],
        [greyPixel, greyPixel],
      ],
    })),
    provenance: {
      version: '0.1.0',
      commit: '0123abc',
      node: 'v22.12.0',
      tensorflow: '2.21.0',
      device: 'cpu',
      cpu: 'Some CPU, 2 cores',
      threads: 1,
      threadsOfPretraining: 2,
      cores: 2,
      devices: 2,
      startedAt: '2026-01-02T03:04:05.000Z',
      finishedAt: '2026-01-02T03:08:44.000Z',
      workers: ['cpu-1', 'gpu-1'],
      secondsByStage: { pretraining: 121, supervised: 22.5, 'fine-tuned': 23 },
      digests: { dataset: 'd'.repeat(64), spec: 'e'.repeat(64) },
      command: 'byol start mnist-quickstart',
    },
  });
}

/** The account of images of one's own. */
const ownImages = {
  found: 60,
  used: 55,
  layout: { size: 64, fit: 'crop' },
  sizes: {
    smallest: { width: 20, height: 30 },
    median: { width: 640, height: 480 },
    largest: { width: 4000, height: 3000 },
  },
  classes: [
    { name: 'ash', train: 10, validation: 0, test: 4, skipped: 2 },
    { name: 'дуб', train: 12, validation: 0, test: 5, skipped: 0 },
  ],
  skipped: [{ reason: 'cut short', count: 5, files: ['ash/1.jpg', 'ash/2.jpg'] }],
  overlaps: [{ what: 'test images whose picture is in train too', count: 1, example: 'a.png = b.png' }],
  remarks: ['The folder "fir" is empty: it makes no class.'],
};

/** Results with everything that a report can have: three arms, the encoder's figures, pictures, images of one's own. */
export function fullResults(): ExperimentResults {
  const results = sampleResults({
    50: { ...quickstartAccuracies[50]!, 'linear-probe': [0.91, 0.915, 0.9] },
    100: { ...quickstartAccuracies[100]!, 'linear-probe': [0.921, 0.93, 0.929] },
    1000: {
      supervised: [0.962, 0.958, 0.96],
      'fine-tuned': [0.966, 0.957, 0.965],
      'linear-probe': [0.941, 0.944, 0.942],
    },
  });
  const thumbnail = (label: string) => ({ source: greyPixel, label });
  return experimentResults.parse({
    ...results,
    spec: { ...results.spec, arms: ['supervised', 'linear-probe', 'fine-tuned'] },
    pretraining: results.pretraining.map((each) => ({
      ...each,
      epochs: each.epochs.map((epoch) => ({
        ...epoch,
        knnAccuracy: 0.5 + 0.06 * epoch.epoch,
        effectiveRank: 4 + epoch.epoch,
        alignment: 1 / epoch.epoch,
        uniformity: -0.3 * epoch.epoch,
      })),
    })),
    imageIntervals: [
      { labels: 50, arm: 'fine-tuned', interval: [0.142, 0.161], withSeeds: [0.139, 0.168] },
      { labels: 50, arm: 'linear-probe', interval: [0.12, 0.141] },
    ],
    images: ownImages,
    neighbours: [{ query: thumbnail('7'), nearest: [thumbnail('7'), thumbnail('9')] }],
    map: Array.from({ length: 40 }, (_, at) => ({
      x: Math.cos(at) * (1 + (at % 10)),
      y: Math.sin(at) * (1 + (at % 10)),
      label: at % 10,
      ...(at % 4 === 0 ? { source: greyPixel } : {}),
    })),
  });
}

/** The same of an experiment that fine-tuned nothing. */
export function probeOnly(): ExperimentResults {
  const results = fullResults();
  const arms = ['supervised', 'linear-probe'] as const;
  return experimentResults.parse({
    ...results,
    spec: { ...results.spec, arms },
    comparisons: results.comparisons.filter(({ arm }) => arm !== 'fine-tuned'),
    imageIntervals: results.imageIntervals.filter(({ arm }) => arm !== 'fine-tuned'),
  });
}
