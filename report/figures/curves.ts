import { arms, type Arm } from '../../experiment/comparison';
import { collapsedBelow } from '../../experiment/collapse';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import type { ComparisonResult, ExperimentResults } from '../results';
import { chosenOf } from '../search';
import { budgetPhrase, counted, decimal, percent } from '../wording';
import { colors, drawFigure, numberAxis, percentTick, type Figure, type Series } from './chart';

type Metric = 'loss' | 'spread' | 'validationAccuracy' | 'knnAccuracy' | 'effectiveRank' | 'alignment' | 'uniformity';
type Curve = { seed: number; points: [number, number][] };

/** One run's curve; epochs without a finite value are left out. */
const curveOf = (seed: number, epochs: EpochMetrics[], metric: Metric): Curve => ({
  seed,
  points: epochs.flatMap((epoch): [number, number][] => {
    const values = [
      ...(metric === 'knnAccuracy' ? [[epoch.epoch - 1, epoch.knnBefore] as const] : []),
      [epoch.epoch, epoch[metric]] as const,
    ];
    return values.flatMap(([at, value]) => (value !== undefined && Number.isFinite(value) ? [[at, value]] : []));
  }),
});

const lineOf = (curve: Curve, o: { name: string; color: string; dashed: boolean }): Series => ({
  type: 'line',
  name: o.name,
  data: curve.points,
  sampling: 'lttb',
  color: o.color,
  symbol: curve.points.length === 1 ? 'circle' : 'none',
  lineStyle: { width: 1.5, opacity: 0.8, type: o.dashed ? 'dashed' : 'solid' },
});

const endsOf = (curves: Curve[], words: (value: number) => string): string =>
  curves
    .flatMap(({ seed, points }) => {
      const first = points[0];
      const last = points[points.length - 1];
      return first && last ? [`seed ${seed} from ${words(first[1])} to ${words(last[1])}`] : [];
    })
    .join(', ');

const lastEpoch = (curves: Curve[]): number =>
  Math.max(1, ...curves.flatMap((curve) => curve.points.map(([epoch]) => epoch)));

const firstEpoch = (curves: Curve[]): number =>
  Math.min(1, ...curves.flatMap((curve) => curve.points.map(([epoch]) => epoch)));

/** Epoch by epoch, from 1, or from 0 where something was measured before; whole numbers at the ticks. */
const epochAxis = (curves: Curve[]) => ({
  ...numberAxis({
    name: 'epoch',
    lines: false,
    min: Math.min(firstEpoch(curves), lastEpoch(curves) - 1),
    max: lastEpoch(curves),
  }),
  minInterval: 1,
});

/** The loss of pretraining and the spread of the embedding with the line below which it counts as collapsed. */
export function pretrainingCurves(pretraining: ExperimentResults['pretraining']): Figure[] {
  const look = { name: 'pretraining', color: colors.fineTuned, dashed: false };
  const losses = pretraining.map(({ seed, epochs }) => curveOf(seed, epochs, 'loss'));
  const spreads = pretraining.map(({ seed, epochs }) => curveOf(seed, epochs, 'spread'));
  const figures: Figure[] = [];
  if (losses.some((curve) => curve.points.length > 0))
    figures.push(
      drawFigure({
        id: 'pretraining-loss',
        title: 'Pretraining: BYOL loss (0 to 8), a line for each seed',
        description: `BYOL loss by epoch: ${endsOf(losses, decimal)}.`,
        xAxis: epochAxis(losses),
        yAxis: numberAxis({}),
        series: losses.map((curve) => lineOf(curve, look)),
      }),
    );
  if (spreads.some((curve) => curve.points.length > 0)) {
    const line = [1, lastEpoch(spreads)].map((epoch) => [epoch, collapsedBelow]);
    figures.push(
      drawFigure({
        id: 'pretraining-spread',
        title: `Pretraining: spread of the embedding (1 healthy; below the red line, ${collapsedBelow}, collapsed)`,
        description: `Spread of the embedding by epoch: ${endsOf(spreads, decimal)}.`,
        xAxis: epochAxis(spreads),
        yAxis: { ...numberAxis({ min: 0 }), scale: false },
        series: [
          ...spreads.map((curve) => lineOf(curve, look)),
          { type: 'line', data: line, symbol: 'none', lineStyle: { color: colors.alarm, type: 'dashed', width: 1.5 } },
        ],
      }),
    );
  }
  return figures;
}

const encoderFigures = [
  [
    'knnAccuracy',
    'Validation images classed by their nearest labelled neighbours (kNN); epoch 0: by the first weights',
    percent,
    percentTick,
  ],
  ['effectiveRank', "Effective rank of the encoder's features: directions in which they vary", decimal, undefined],
  ['alignment', 'Alignment: mean squared distance of two views of an image (smaller: closer)', decimal, undefined],
  ['uniformity', 'Uniformity: smaller is more evenly spread over the sphere, 0 is one point', decimal, undefined],
] as const;

/** What is measured of the encoder as pretraining goes, besides loss and spread. */
export function encoderCurves(pretraining: ExperimentResults['pretraining']): Figure[] {
  return encoderFigures.flatMap(([metric, title, words, format]) => {
    const curves = pretraining.map(({ seed, epochs }) => curveOf(seed, epochs, metric));
    if (curves.every((curve) => curve.points.length === 0)) return [];
    return [
      drawFigure({
        id: `pretraining-${metric}`,
        title,
        description: `By epoch: ${endsOf(curves, words)}.`,
        xAxis: epochAxis(curves),
        yAxis: numberAxis(format ? { format } : {}),
        series: curves.map((curve) => lineOf(curve, { name: 'pretraining', color: colors.fineTuned, dashed: false })),
      }),
    ];
  });
}

const armLook: Record<Arm, { name: string; color: string; dashed: boolean }> = {
  'linear-probe': { name: 'BYOL, linear probe', color: colors.linearProbe, dashed: false },
  'fine-tuned': { name: 'BYOL, fine-tuned', color: colors.fineTuned, dashed: false },
  supervised: { name: 'supervised', color: colors.supervised, dashed: true },
};

/** Loss and accuracy of the classifiers at one label budget, each with its chosen setting: a line for each arm and seed. */
export function classifierCurves(comparisons: ComparisonResult[]): Figure[] {
  const first = comparisons[0];
  if (!first) return [];
  // Accuracy is measured at checkpoints: with one alone there is a point and no curve, and the search tells it already.
  const wanted: { metric: Metric; title: string; words: (value: number) => string; points: number }[] = [
    { metric: 'loss', title: 'Classifier: training loss', words: decimal, points: 1 },
    { metric: 'validationAccuracy', title: 'Classifier: accuracy on the validation split', words: percent, points: 2 },
  ];
  return wanted
    .filter(({ metric, points }) => curvesOf(comparisons, metric).some(({ curve }) => curve.points.length >= points))
    .map(({ metric, title, words }) => {
      const curves = curvesOf(comparisons, metric);
      const present = arms.filter((arm) => curves.some((each) => each.arm === arm));
      const told = present.map(
        (arm) =>
          `${arm}: ${endsOf(
            curves.filter((each) => each.arm === arm).map((each) => each.curve),
            words,
          )}`,
      );
      return drawFigure({
        id: `classifier-${metric}-${first.labels}`,
        title: `${title}, ${budgetPhrase(first.labels, first.labelCount)}`,
        description: `${counted(curves.length, 'run')} by epoch. ${told.join('. ')}.`,
        xAxis: epochAxis(curves.map((each) => each.curve)),
        yAxis: numberAxis(metric === 'loss' ? {} : { format: percentTick }),
        series: curves.map(({ arm, curve }) => lineOf(curve, armLook[arm])),
        legend: present.map((arm) => armLook[arm].name).reverse(),
      });
    });
}

const curvesOf = (comparisons: ComparisonResult[], metric: Metric): { arm: Arm; curve: Curve }[] =>
  comparisons.map((result) => ({
    arm: result.arm,
    curve: curveOf(result.seed, chosenOf(result)?.curve ?? [], metric),
  }));
