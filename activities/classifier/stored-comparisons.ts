import type { ComparisonOf } from '../../experiment/comparison';
import type { ExperimentSpec } from '../../experiment/resolve';
import { comparisonResult, type ComparisonResult } from '../../report/results';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { damaged, missing, parseStoredResult } from '../formats/stored-result';

/**
 * Every comparison of the spec, in its order: seeds, then label budgets, then arms.
 *
 * @throws ResultMissingError naming the first that is not there
 */
export async function gatherComparisons(store: ObjectStore, spec: ExperimentSpec): Promise<ComparisonResult[]> {
  const comparisons: ComparisonResult[] = [];
  for (const seed of spec.seeds) {
    const wanted = spec.labels.flatMap((labels) => spec.arms.map((arm) => ({ seed, arm, labels })));
    const found = wanted.map(async (of) => {
      const key = keys.result(spec.name, keys.comparisonRun(of));
      const stored = await store.getIfPresent(key);
      if (!stored) throw missing(store, key);
      return parseComparison(stored.body, of, key);
    });
    comparisons.push(...(await Promise.all(found)));
  }
  return comparisons;
}

/** A comparison's result.json. @throws ResultDamagedError naming the key, also for the result of another comparison */
export function parseComparison(body: Buffer, of: ComparisonOf, key: string): ComparisonResult {
  const result = parseStoredResult(body, comparisonResult, key);
  const { seed, arm, labels } = result;
  if (seed !== of.seed || arm !== of.arm || labels !== of.labels)
    throw damaged(key, `it is the result of seed ${seed}, ${arm}, ${labels} labels`, undefined);
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  if (!result.test.predictionsKey.startsWith(folder))
    throw damaged(key, `its predictions are ${result.test.predictionsKey}, another experiment's`, undefined);
  return result;
}
