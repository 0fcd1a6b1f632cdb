import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { Arm, LabelBudget } from '../../experiment/comparison';
import { imageBootstrap, seedAndImageBootstrap, type Correctness, type Pair } from '../../report/bootstrap';
import type { ComparisonResult, ExperimentResults } from '../../report/results';
import type { ObjectStore } from '../../storage/object-store';
import { damaged, missing, requireDigest } from '../formats/stored-result';

/** Predictions of thousands of classes are hundreds of megabytes: then the interval is left out. */
const largestPredictions = 64 * 1024 * 1024;

/** By seed, of one arm with one label budget. */
type BySeed = Map<number, Correctness>;

/**
 * How far the gain of each arm over the supervised one depends on which test images were drawn, from the stored
 * predictions of every seed that both have; also over the supervised one with more labels (`against`).
 * @throws ResultMissingError, ResultDamagedError for predictions that are gone, or are not those that were written
 */
export async function imageIntervals(
  store: ObjectStore,
  comparisons: readonly ComparisonResult[],
): Promise<ExperimentResults['imageIntervals']> {
  const counts = new Map(comparisons.map(({ labels, labelCount }) => [labels, labelCount]));
  const known = new Map<string, BySeed>();
  for (const each of comparisons) {
    const right = await correctness(store, each);
    const name = nameOf(each.arm, each.labels);
    if (right) known.set(name, new Map([...(known.get(name) ?? []), [each.seed, right]]));
  }
  const of = (arm: Arm, labels: LabelBudget): BySeed =>
    known.get(nameOf(arm, labels)) ?? new Map<number, Correctness>();
  const intervals: ExperimentResults['imageIntervals'] = [];
  for (const [labels, labelCount] of counts)
    for (const arm of ['linear-probe', 'fine-tuned'] as const)
      for (const [against, others] of counts) {
        if (against !== labels && others <= labelCount) continue;
        const pairs = pairsOf(of('supervised', against), of(arm, labels));
        const interval = imageBootstrap(pairs);
        if (interval === null) continue;
        const more = against === labels ? {} : { against };
        intervals.push({ labels, arm, ...more, interval, withSeeds: seedAndImageBootstrap(pairs) });
        // The worker's heartbeats go on meanwhile.
        await new Promise(setImmediate);
      }
  return intervals;
}

const nameOf = (arm: Arm, labels: LabelBudget): string => `${arm} ${labels}`;

const pairsOf = (baselines: BySeed, own: BySeed): Pair[] =>
  [...own].flatMap(([seed, arm]): Pair[] => {
    const baseline = baselines.get(seed);
    return baseline?.length === arm.length ? [{ baseline, arm }] : [];
  });

/**
 * Which test images a classifier is right about; null where its predictions are too many.
 * @throws ResultMissingError, ResultDamagedError: `evaluate` makes again what is gone
 */
async function correctness(store: ObjectStore, { test }: ComparisonResult): Promise<Correctness | null> {
  const found = await store.head(test.predictionsKey);
  if (found === null) throw missing(store, test.predictionsKey);
  if (found.bytes > largestPredictions) return null;
  const right: number[] = [];
  const body = await store.get(test.predictionsKey);
  if (test.predictionsSha256 !== undefined) requireDigest(body, test.predictionsSha256, test.predictionsKey);
  const rows = Readable.from([body]).pipe(parse({ from_line: 2 }));
  try {
    for await (const [, label, predicted] of rows as AsyncIterable<string[]>) right.push(label === predicted ? 1 : 0);
  } catch (error) {
    throw damaged(test.predictionsKey, `it is no CSV (${(error as Error).message})`, error);
  }
  return Uint8Array.from(right);
}
