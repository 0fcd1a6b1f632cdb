import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { SearchPoint } from '../activities/classifier/evaluate';
import type { Arm, LabelBudget } from '../experiment/comparison';
import { searchGrid, type Setting } from '../experiment/search-grid';
import { settle } from './children';
import { chooseSetting } from './choose';
import { reachedOrThrow } from './explain-failure';
import { lastOf, reportsPerStage } from './progress';
import { evaluate, trainClassifierEpochs } from './proxies';
import { mark } from './search-attributes';
import { conclude, showRow, stageReporter } from './stage';
import type { Outcome, Reporter } from './stage';
import type { TrialInput } from './trial';

/** How far the training with one setting is. */
interface Candidate extends SearchPoint {
  epoch: number;
}

export interface ClassifierInput extends TrialInput {
  arm: Arm;
  labels: LabelBudget;
  /** Where the settings stand, when this execution continues another. */
  candidates?: Candidate[];
}

/** One arm of one comparison; the curves behind it are in storage. */
export interface ComparisonSummary {
  seed: number;
  arm: Arm;
  labels: LabelBudget;
  /** What the validation split chose. */
  chosen: Setting;
  validationAccuracy: number;
  /** Absent where the experiment runs without the test split. */
  test?: { accuracy: number; count: number };
}

/**
 * Trains a classifier with every learning rate and length of the spec, lets the validation split choose, and looks at the
 * test split once. The arms differ in their starting weights and in what of the network is trained, and in nothing else.
 */
export async function classifier(input: ClassifierInput): Promise<ComparisonSummary> {
  const { spec, ref, dataset, seed, arm, labels } = input;
  const candidates =
    input.candidates ??
    searchGrid(spec.classifier).map((setting) => ({ ...setting, validationAccuracy: 0, validationLoss: 0, epoch: 0 }));
  mark({ stage: arm });
  const total = candidates.reduce((sum, { epochs }) => sum + epochs, 0);
  const done = () => candidates.reduce((sum, { epoch }) => sum + epoch, 0);
  const report = stageReporter(spec.name, done(), total, reportsPerStage(spec));
  const show = (outcome?: Outcome) =>
    showRow({ experiment: spec.name, seed, arm, labels, 'finished epochs': `${done()} of ${total}` }, outcome);

  const search = async (): Promise<ComparisonSummary> => {
    show();
    await report(done(), { state: 'running' });
    const onward: Reporter = (_, change) => (show(), report(done(), change));
    await settle(candidates.map((candidate) => train(input, candidate, onward)));
    if (done() < total) await continueAsNew<typeof classifier>({ ...input, candidates });

    const points = candidates.map(({ epoch: _trained, ...point }) => point);
    const chosen = chooseSetting(points);
    const { learningRate, epochs, validationAccuracy } = chosen;
    const comparison = { seed, arm, labels, chosen: { learningRate, epochs }, validationAccuracy };
    if (input.withoutTest) {
      await report(done(), { state: 'done' });
      return comparison;
    }
    const summary = `seed ${seed}: ${arm}, ${labels} labels, test split`;
    const call = { experiment: ref, dataset, seed, arm, labels, chosen, search: points };
    const { accuracy, count } = await evaluate.executeWithOptions({ summary }, [call]);
    await report(done(), { state: 'done', accuracy });
    return { ...comparison, test: { accuracy, count } };
  };

  return conclude(`The ${arm} classifier of seed ${seed} with ${labels} labels`, search, async (outcome) => {
    show(outcome);
    if (outcome.status === 'failed') await report(done(), { state: 'failed' });
  });
}

/** Trains with one setting to the end, or until the workflow's history is long enough. */
async function train(input: ClassifierInput, candidate: Candidate, report: Reporter): Promise<void> {
  const { spec, ref, dataset, seed, arm, labels } = input;
  const { checkpointEvery } = spec.classifier;
  const { learningRate, epochs } = candidate;
  while (candidate.epoch < epochs && !workflowInfo().continueAsNewSuggested) {
    const throughEpoch = Math.min(epochs, candidate.epoch + checkpointEvery);
    const summary = `seed ${seed}: ${arm}, ${labels} labels, rate ${learningRate}, through epoch ${throughEpoch} of ${epochs}`;
    const call = { experiment: ref, dataset, seed, arm, labels, learningRate, epochs, throughEpoch };
    const trained = await trainClassifierEpochs.executeWithOptions({ summary }, [call]);
    candidate.epoch = reachedOrThrow(trained, throughEpoch);
    candidate.validationAccuracy = trained.validation.accuracy;
    candidate.validationLoss = trained.validation.loss;
    await report(candidate.epoch, lastOf(trained.last));
  }
}
