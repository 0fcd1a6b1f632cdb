import { allHandlersFinished, condition } from '@temporalio/workflow';
import type { ExperimentRef } from '../activities/read-spec';
import type { WrittenReport } from '../activities/report/write-report';
import type { ExperimentSpec } from '../experiment/resolve';
import { percent } from '../experiment/percent';
import { openBoard } from './board';
import { runChild, settle } from './children';
import type { ComparisonSummary } from './classifier';
import { trialPath, type KeptStage } from './progress';
import { exportModels, fetchDataset, importWeights, writeReport } from './proxies';
import { mark } from './search-attributes';
import { meanAccuracy } from './score';
import { conclude } from './stage';
import { trial } from './trial';

export interface ExperimentInput {
  spec: ExperimentSpec;
  ref: ExperimentRef;
  /**
   * true: judged by the validation split alone. Nothing reads the test split, and nothing that needs it is made: no
   * report and no exported weights. Run again without this, it goes on from there.
   */
  withoutTest?: boolean | undefined;
  /** What storage holds of its stages, for the progress that is shown; what is done follows from storage itself. */
  kept?: readonly KeptStage[];
}

export interface ExperimentResult {
  /** The answer in one sentence. */
  headline: string;
  /** Object that holds the HTML report; null where it ran without the test split. */
  reportKey: string | null;
  /** The comparison in words, as the report has it. */
  table: WrittenReport['table'];
  comparisons: ComparisonSummary[];
  /** What to try where the answer disappoints, as the report has it. */
  next?: WrittenReport['next'];
}

/**
 * Does pretraining on unlabelled images beat the supervised baseline? Its id is the experiment's name. Started again
 * after a failure it goes on from where storage says it was.
 */
export async function experiment({ spec, ref, withoutTest, kept }: ExperimentInput): Promise<ExperimentResult> {
  mark({ experiment: spec.name, dataset: spec.dataset.kind });
  const board = openBoard(spec, withoutTest, kept);

  const pipeline = async (): Promise<ExperimentResult> => {
    const dataset = await board.step('fetch', async () => {
      const summary = `fetch ${spec.dataset.kind}`;
      const { digest } = await fetchDataset.executeWithOptions({ summary }, [{ experiment: ref }]);
      const call = { experiment: ref, dataset: digest };
      if (spec.model.weights !== undefined)
        await importWeights.executeWithOptions({ summary: 'import the starting weights' }, [call]);
      return digest;
    });

    mark({ stage: 'trials' });
    const trials = await settle(
      spec.seeds.map((seed) =>
        runChild(trial, trialPath(seed), [{ spec, ref, dataset, seed, withoutTest }], `seed ${seed}`),
      ),
    );
    const comparisons = trials.flatMap((each) => each.comparisons);
    if (withoutTest) {
      const headline = `Judged by the validation split alone: ${percent(meanAccuracy(comparisons))} on average.`;
      board.show({ headline });
      return { headline, reportKey: null, table: [], comparisons };
    }

    await board.step('export', () =>
      exportModels.executeWithOptions({ summary: 'export the weights' }, [{ experiment: ref, dataset }]),
    );
    const {
      headline,
      key: reportKey,
      table,
      next,
    } = await board.step('report', () =>
      writeReport.executeWithOptions({ summary: 'write the report' }, [{ experiment: ref, dataset }]),
    );

    board.show({ headline, report: reportKey });
    return { headline, reportKey, table, comparisons, next };
  };

  return conclude(`The experiment ${spec.name}`, pipeline, async (outcome) => {
    board.show(outcome);
    await condition(allHandlersFinished);
  });
}
