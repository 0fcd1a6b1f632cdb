import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import { encoderFigures, type EncoderFigures } from '../experiment/encoder-figures';
import { reachedOrThrow } from './explain-failure';
import { lastOf, reportsPerStage } from './progress';
import { pretrainEpochs } from './proxies';
import { mark } from './search-attributes';
import { conclude, showRow, stageReporter } from './stage';
import type { Outcome } from './stage';
import type { TrialInput } from './trial';

export interface PretrainingInput extends TrialInput {
  /** Finished epochs, when this execution continues another. */
  epoch?: number;
}

/** Pretrains the network of one seed, an epoch a call; the weights are in storage. With 0 epochs there is nothing to do. */
export async function pretraining(input: PretrainingInput): Promise<{ epochs: number }> {
  const { spec, ref, dataset, seed, withoutTest } = input;
  const { epochs } = spec.pretraining;
  let epoch = input.epoch ?? 0;
  mark({ stage: 'pretraining' });
  const report = stageReporter(spec.name, epoch, epochs, reportsPerStage(spec));
  let last: ReturnType<typeof lastOf> & EncoderFigures = {};
  const show = (outcome?: Outcome) => {
    const encoder = encoderFigures(last).join(', ');
    const row = { experiment: spec.name, seed, 'finished epochs': `${epoch} of ${epochs}` };
    showRow({ ...row, ...(encoder === '' ? {} : { encoder }) }, outcome);
  };

  const train = async () => {
    show();
    await report(epoch, { state: 'running' });
    while (epoch < epochs) {
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof pretraining>({ ...input, epoch });
      const summary = `seed ${seed}: pretraining, epoch ${epoch + 1} of ${epochs}`;
      const call = { experiment: ref, dataset, seed, throughEpoch: epoch + 1, withoutTest };
      const trained = await pretrainEpochs.executeWithOptions({ summary }, [call]);
      epoch = reachedOrThrow(trained, call.throughEpoch);
      last = { ...lastOf(trained.last), collapsed: trained.collapsed ?? null };
      show();
      await report(epoch, last);
    }
    return { epochs: epoch };
  };

  return conclude(`The pretraining of seed ${seed}`, train, async (outcome) => {
    show(outcome);
    if (outcome.status !== 'cancelled')
      await report(epoch, { state: outcome.status === 'completed' ? 'done' : 'failed' });
  });
}
