import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { progressQuery } from '../../workflows/board';
import { ByolDataset, ByolExperiment, ByolStage, ByolStatus } from '../../workflows/search-attributes';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import type { Call } from './fake-activities';
import { currentDetails, smallSpec, startExperiment, withWorkers, workflowBundle } from './run';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  environment = await startTemporal();
  await workflowBundle();
}, 60_000);
afterAll(() => environment.teardown());

const accuracyByRate = ({ learningRate }: { learningRate: number }) => (learningRate === 0.01 ? 0.9 : 0.8);
const at = (calls: Call[], matches: (call: Call) => boolean) =>
  calls.flatMap((call, index) => (matches(call) ? [index] : []));

describe('an experiment that goes well', () => {
  const spec = smallSpec({ name: 'goes-well' });
  const fakes = fakeActivities(undefined, accuracyByRate);
  let result: Awaited<ReturnType<Awaited<ReturnType<typeof startExperiment>>['result']>>;
  beforeAll(async () => {
    result = await withWorkers(environment, fakes.activities, async () =>
      (await startExperiment(environment, spec)).result(),
    );
  }, 60_000);
  const handle = () => environment.client.workflow.getHandle('goes-well');

  test('runs in the order of the pipeline', () => {
    const { calls } = fakes;
    expect(calls[0]?.activity).toBe('fetchDataset');
    expect(calls.at(-1)?.activity).toBe('writeReport');
    for (const seed of spec.seeds) {
      const [lastPretraining] = at(calls, (call) => call.run === `seed-${seed}/pretraining`).slice(-1);
      const [firstFineTuning] = at(calls, (call) => call.run.startsWith(`seed-${seed}/fine-tuned`));
      expect(firstFineTuning).toBeGreaterThan(lastPretraining as number);
    }
    const [firstBaseline] = at(calls, (call) => call.run.startsWith('seed-1/supervised'));
    const [lastPretraining] = at(calls, (call) => call.run === 'seed-1/pretraining').slice(-1);
    expect(firstBaseline).toBeLessThan(lastPretraining as number);
  });

  test('trains every epoch of every run once', () => {
    const pretraining = fakes.calls.filter(
      (call) => call.activity === 'pretrainEpochs' && call.run.startsWith('seed-2/'),
    );
    expect(pretraining.map(({ trained }) => trained)).toEqual([[1], [2], [3]]);
    const classifiers = fakes.calls.filter((call) => call.activity === 'trainClassifierEpochs');
    expect(new Set(classifiers.map(({ run }) => run)).size).toBe(2 * 2 * 2 * 2);
    expect(classifiers.filter(({ run }) => run === 'seed-1/supervised/labels-50/lr-0.01-epochs-4')).toMatchObject([
      { trained: [1, 2] },
      { trained: [3, 4] },
    ]);
  });

  test('gives both arms the same training, and the test split one look with the chosen rate', () => {
    const trainings = (arm: string) =>
      fakes.calls
        .filter((call) => call.activity === 'trainClassifierEpochs' && call.run.includes(`/${arm}/`))
        .map(({ run, throughEpoch }) => `${run.replace(arm, '*')} ${throughEpoch}`)
        .sort();
    expect(trainings('fine-tuned')).toEqual(trainings('supervised'));
    expect(fakes.evaluated).toHaveLength(8);
    for (const { chosen, search } of fakes.evaluated) {
      expect(chosen).toEqual({ learningRate: 0.01, epochs: 4, validationAccuracy: 0.9, validationLoss: 1 });
      expect(search.map(({ learningRate }) => learningRate)).toEqual([0.001, 0.01]);
    }
  });

  test('gives the headline, the report and a line for each comparison', () => {
    expect(result).toMatchObject({ headline: 'BYOL wins.', reportKey: 'experiments/trial/report/index.html' });
    expect(result.comparisons).toHaveLength(8);
    expect(result.comparisons).toContainEqual({
      seed: 2,
      arm: 'fine-tuned',
      labels: 100,
      chosen: { learningRate: 0.01, epochs: 4 },
      validationAccuracy: 0.9,
      test: { accuracy: 0.75, count: 10_000 },
    });
  });

  test('answers how far it is', async () => {
    await withWorkers(environment, fakes.activities, async () => {
      const view = await handle().query(progressQuery);
      expect(view).toMatchObject({ status: 'completed', headline: 'BYOL wins.' });
      expect(view.stages.filter(({ state, done, total }) => state === 'done' && done === total)).toHaveLength(13);
      expect(view.stages.find(({ id }) => id === 'goes-well/seed-1/fine-tuned/labels-50')).toEqual({
        id: 'goes-well/seed-1/fine-tuned/labels-50',
        stage: 'fine-tuned',
        arm: 'fine-tuned',
        seed: 1,
        labels: 50,
        done: 8,
        total: 8,
        unit: 'epochs',
        state: 'done',
        lastLoss: 0.25,
        imagesPerSecond: 1000,
        accuracy: 0.75,
      });
      const details = await currentDetails(handle());
      expect(details).toContain('**completed**: 13 of 13 stages done');
      expect(details).toContain(
        '**Report:** `byol report goes-well` fetches it; in the bucket it is `experiments/trial/report/index.html`.',
      );
      expect(details).toContain('| fine-tuned | 1 | 50 | done | 8 of 8 epochs | 0.2500 | 1000 | 75.0% |');
    });
  }, 60_000);

  test('can be found by its search attributes, and so can its children', async () => {
    const described = async (id: string) => {
      const { typedSearchAttributes: attributes } = await environment.client.workflow.getHandle(id).describe();
      return [ByolExperiment, ByolDataset, ByolStage, ByolStatus].map((key) => attributes.get(key));
    };
    expect(await described('goes-well')).toEqual(['goes-well', 'mnist-idx', 'report', 'completed']);
    expect(await described('goes-well/seed-1')).toEqual(['goes-well', 'mnist-idx', 'trial', 'completed']);
    expect(await described('goes-well/seed-2/supervised/labels-100')).toEqual([
      'goes-well',
      'mnist-idx',
      'supervised',
      'completed',
    ]);
  });

  test('says in the history what each activity is about', async () => {
    const { events } = await environment.client.workflow.getHandle('goes-well/seed-1/pretraining').fetchHistory();
    const summaries = (events ?? []).flatMap((event) =>
      event.activityTaskScheduledEventAttributes
        ? [Buffer.from(event.userMetadata?.summary?.data ?? []).toString()]
        : [],
    );
    expect(summaries).toEqual([1, 2, 3].map((epoch) => `"seed 1: pretraining, epoch ${epoch} of 3"`));
  });
});

test('given weights are imported after the dataset, before anything is trained', async () => {
  const small = smallSpec({ name: 'given-weights', seeds: [1], labels: [50] });
  const fakes = fakeActivities();
  await withWorkers(environment, fakes.activities, async () =>
    (await startExperiment(environment, { ...small, model: { ...small.model, weights: '/weights.pth' } })).result(),
  );
  expect(fakes.calls.slice(0, 2).map(({ activity }) => activity)).toEqual(['fetchDataset', 'importWeights']);
}, 60_000);

test('without epochs of pretraining nothing is pretrained', async () => {
  const spec = smallSpec({ name: 'no-epochs', seeds: [1], labels: [50] });
  const fakes = fakeActivities();
  await withWorkers(environment, fakes.activities, async () =>
    (await startExperiment(environment, { ...spec, pretraining: { ...spec.pretraining, epochs: 0 } })).result(),
  );
  expect(fakes.calls.filter(({ activity }) => activity === 'pretrainEpochs')).toEqual([]);
  expect(fakes.evaluated.map(({ arm }) => arm).sort()).toEqual(['fine-tuned', 'supervised']);
}, 60_000);

test('three arms, shares of the labels and several lengths: every arm tries the same, and both probe and fine-tuning wait', async () => {
  const small = smallSpec({
    name: 'three-arms',
    seeds: [1],
    labels: ['10%'],
    arms: ['supervised', 'linear-probe', 'fine-tuned'],
  });
  const spec = { ...small, classifier: { ...small.classifier, epochs: [2, 6] } };
  const fakes = fakeActivities(
    undefined,
    ({ epochs, learningRate }) => (epochs === 6 ? 0.9 : 0.8) + learningRate / 100,
  );
  const result = await withWorkers(environment, fakes.activities, async () =>
    (await startExperiment(environment, spec)).result(),
  );
  expect(result.comparisons.map(({ arm, chosen }) => [arm, chosen])).toEqual(
    ['supervised', 'linear-probe', 'fine-tuned'].map((arm) => [arm, { learningRate: 0.01, epochs: 6 }]),
  );
  const runs = (arm: string) =>
    [...fakes.finished].flatMap(([run, epochs]) =>
      run.includes(`/${arm}/`) ? [`${run.split('/').at(-1)} ${epochs}`] : [],
    );
  const expected = ['0.001', '0.01'].flatMap((rate) => [`lr-${rate}-epochs-2 2`, `lr-${rate}-epochs-6 6`]);
  for (const arm of spec.arms) expect(runs(arm).sort()).toEqual(expected);
  const [lastPretraining] = at(fakes.calls, ({ activity }) => activity === 'pretrainEpochs').slice(-1);
  const [firstProbe] = at(fakes.calls, ({ run }) => run.startsWith('seed-1/linear-probe/labels-10-percent/'));
  expect(firstProbe).toBeGreaterThan(lastPretraining as number);
}, 60_000);
