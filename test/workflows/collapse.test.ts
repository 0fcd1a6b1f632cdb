import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import { currentDetails, smallSpec, startExperiment, withWorkers, workflowBundle } from './run';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  quietRuntime();
  environment = await startTemporal();
  await workflowBundle();
}, 60_000);
afterAll(() => environment.teardown());

test('a collapse that does not stop the run stands in the details of the experiment and of the pretraining', async () => {
  const spec = smallSpec({ name: 'collapses', seeds: [1, 2], labels: [50] });
  const { activities } = fakeActivities();
  const pretrainEpochs: typeof activities.pretrainEpochs = async (input) => {
    const trained = await activities.pretrainEpochs(input);
    const last = trained.last && { ...trained.last, knnAccuracy: 0.31, effectiveRank: 1.2 };
    if (input.seed === 1 || input.throughEpoch < 2) return { ...trained, last };
    return { ...trained, last, collapsed: { epoch: 2, reason: 'features on a line' } };
  };
  await withWorkers(environment, { ...activities, pretrainEpochs }, async () => {
    await (await startExperiment(environment, spec)).result();
    const details = (id: string) => currentDetails(environment.client.workflow.getHandle(id));
    const experiment = await details('collapses');
    expect(experiment).toContain('**The encoder of seed 2 collapsed**, since epoch 2: it has features on a line.');
    expect(experiment).toContain(
      '| pretraining | 2 |  | done | 3 of 3 epochs | 0.3333, kNN 31%, rank 1.2, collapsed since epoch 2 |',
    );
    expect(experiment).not.toContain('encoder of seed 1 collapsed');
    expect(await details('collapses/seed-2/pretraining')).toContain('| kNN 31%, rank 1.2, collapsed since epoch 2 |');
    expect(await details('collapses/seed-1/pretraining')).toContain('| kNN 31%, rank 1.2 |');
  });
}, 60_000);
