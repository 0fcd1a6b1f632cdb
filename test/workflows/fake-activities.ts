import type { CpuActivities, GpuActivities } from '../../activities/create';
import type { EvaluateInput } from '../../activities/classifier/evaluate';
import type { PretrainEpochsInput } from '../../activities/pretraining/pretrain-epochs';
import type { TrainClassifierEpochsInput } from '../../activities/classifier/train-classifier-epochs';
import { testOf } from '../report/sample-results';
import { comparisonRun, pretrainingRun, classifierRun } from '../../storage/keys';

export type Activities = CpuActivities & GpuActivities;

/** One call of an activity: its name and what the test needs of its input. */
export interface Call {
  activity: keyof Activities;
  run: string;
  throughEpoch?: number;
  trained?: number[];
}

/** Activities that train nothing but keep their checkpoints as the real ones do, in `finished` instead of a bucket. */
export interface Fakes {
  activities: Activities;
  /** In the order of their ends. */
  calls: Call[];
  /** Finished epochs of each run: what a bucket would know. */
  finished: Map<string, number>;
  evaluated: EvaluateInput[];
}

const metrics = (epoch: number) => ({
  epoch,
  steps: 10,
  loss: 1 / epoch,
  learningRate: 0.1,
  imagesPerSecond: 1000,
  seconds: 1,
  worker: 'fake',
});

/** What an experiment's workflow never calls, or only a sweep's. */
const notOfAnExperiment = {
  applyModel: () => Promise.reject(new Error('no experiment applies anything')),
  describeMachine: () => Promise.resolve({ device: 'cpu', devices: 2, cores: 2, bf16: false }),
  measureSpeed: () => Promise.reject(new Error('no experiment measures anything')),
  fitMicroBatch: () => Promise.reject(new Error('no experiment fits anything')),
  prepareMember: () => Promise.reject(new Error('no experiment has members')),
  recallLeaderboard: () => Promise.resolve(null),
  keepLeaderboard: () => Promise.resolve(),
} satisfies Partial<Activities>;

/**
 * @param before run before each activity does its work: throw to fail it, wait to hold it
 * @param accuracy on the validation split, by learning rate
 */
export function fakeActivities(
  before: (call: Call) => Promise<void> = async () => {},
  accuracy: (input: TrainClassifierEpochsInput) => number = () => 0.5,
): Fakes {
  const calls: Call[] = [];
  const finished = new Map<string, number>();
  const evaluated: EvaluateInput[] = [];

  const train = async (activity: Call['activity'], run: string, throughEpoch: number) => {
    await before({ activity, run, throughEpoch });
    const from = finished.get(run) ?? 0;
    const epoch = Math.max(from, throughEpoch);
    const trained = Array.from({ length: epoch - from }, (_, index) => from + index + 1);
    finished.set(run, epoch);
    calls.push({ activity, run, throughEpoch, trained });
    return {
      run,
      epoch,
      step: 10 * epoch,
      last: epoch > 0 ? metrics(epoch) : null,
      checkpoint: { manifestKey: `${run}/${epoch}`, digest: 'f'.repeat(64) },
    };
  };
  const once = async <T>(activity: Call['activity'], run: string, result: T): Promise<T> => {
    await before({ activity, run });
    calls.push({ activity, run });
    return result;
  };

  const activities: Activities = {
    fetchDataset: () =>
      once('fetchDataset', '', { digest: 'd'.repeat(64), kind: 'mnist-idx', classes: 10, counts: {}, fetched: true }),
    importWeights: () => once('importWeights', '', { digest: 'e'.repeat(64), remarks: [] }),
    pretrainEpochs: ({ seed, throughEpoch }: PretrainEpochsInput) =>
      train('pretrainEpochs', pretrainingRun(seed), throughEpoch),
    trainClassifierEpochs: async (input: TrainClassifierEpochsInput) => ({
      ...(await train('trainClassifierEpochs', classifierRun(input), input.throughEpoch)),
      validation: { accuracy: accuracy(input), loss: 1, count: 100 },
    }),
    evaluate: async (input: EvaluateInput) => {
      const result = await once('evaluate', comparisonRun(input), testOf(0.75, 'p'));
      evaluated.push(input);
      return result;
    },
    ...notOfAnExperiment,
    exportModels: () => once('exportModels', '', { keys: [] }),
    writeReport: () =>
      once('writeReport', '', { key: 'experiments/trial/report/index.html', headline: 'BYOL wins.', table: [] }),
  };
  return { activities, calls, finished, evaluated };
}
