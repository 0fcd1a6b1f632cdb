import { parse } from 'csv-parse/sync';
import type { Arm } from '../experiment/comparison';
import { imageBootstrap, seedAndImageBootstrap, type Correctness, type Pair } from '../report/bootstrap';
import type { ComparisonResult, ExperimentResults } from '../report/results';
import type { ObjectStore } from '../storage/object-store';

/** Predictions of thousands of classes are hundreds of megabytes: then the interval is left out. */
const largestPredictions = 64 * 1024 * 1024;

/**
 * How far the gain of each arm over the supervised one depends on which test images were drawn, from the stored
 * predictions of every seed that both have.
 */
export async function imageIntervals(
  store: ObjectStore,
  comparisons: readonly ComparisonResult[],
): Promise<ExperimentResults['imageIntervals']> {
  const intervals: ExperimentResults['imageIntervals'] = [];
  for (const labels of new Set(comparisons.map((each) => each.labels))) {
    const of = (arm: Arm) => comparisons.filter((each) => each.labels === labels && each.arm === arm);
    const baselines = new Map<number, Correctness | null>();
    for (const each of of('supervised')) baselines.set(each.seed, await correctness(store, each));
    for (const arm of ['linear-probe', 'fine-tuned'] as const) {
      const pairs: Pair[] = [];
      for (const each of of(arm)) {
        const [baseline, own] = [baselines.get(each.seed), await correctness(store, each)];
        if (baseline && own && baseline.length === own.length) pairs.push({ baseline, arm: own });
      }
      const interval = imageBootstrap(pairs);
      if (interval !== null) intervals.push({ labels, arm, interval, withSeeds: seedAndImageBootstrap(pairs) });
    }
  }
  return intervals;
}

/** null where the predictions are gone or too many. */
async function correctness(store: ObjectStore, { test }: ComparisonResult): Promise<Correctness | null> {
  const found = await store.head(test.predictionsKey);
  if (found === null || found.bytes > largestPredictions) return null;
  const rows = parse(await store.get(test.predictionsKey), { from_line: 2 });
  return Uint8Array.from(rows, ([, label, predicted]) => (label === predicted ? 1 : 0));
}
