import type { ExperimentRef } from '../activities/read-spec';
import type { Arm } from '../experiment/comparison';
import type { ExperimentSpec } from '../experiment/resolve';
import { runChild, settle } from './children';
import { classifier } from './classifier';
import type { ComparisonSummary } from './classifier';
import { pretraining } from './pretraining';
import { classifierPath } from './progress';
import { mark } from './search-attributes';
import { conclude, showRow } from './stage';

export interface TrialInput {
  spec: ExperimentSpec;
  ref: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
  seed: number;
  /** See ExperimentInput. */
  withoutTest?: boolean | undefined;
}

export interface TrialResult {
  comparisons: ComparisonSummary[];
}

/** One seed: pretraining and then the arms that start from its encoder, beside the supervised baselines. */
export async function trial(input: TrialInput): Promise<TrialResult> {
  const { spec, seed } = input;
  mark({ stage: 'trial' });
  showRow({ experiment: spec.name, seed });

  const classifiers = (arms: readonly Arm[]) =>
    settle(
      arms.flatMap((arm) =>
        spec.labels.map((labels) => {
          const summary = `seed ${seed}: ${arm}, ${labels} labels`;
          return runChild(classifier, classifierPath(arm, labels), [{ ...input, arm, labels }], summary);
        }),
      ),
    );
  const pretrained = async () => {
    await runChild(pretraining, 'pretraining', [input], `seed ${seed}: pretraining`);
    return classifiers(spec.arms.filter((arm) => arm !== 'supervised'));
  };

  const both = async (): Promise<TrialResult> => ({
    comparisons: (await settle([classifiers(['supervised']), pretrained()])).flat(),
  });
  return conclude(`The trial of seed ${seed}`, both, (outcome) => showRow({ experiment: spec.name, seed }, outcome));
}
