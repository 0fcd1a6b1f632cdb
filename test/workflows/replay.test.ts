import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from './fake-activities';
import { fakeSweep, smallPlan, startSweep } from './fake-sweep';
import { smallSpec, startExperiment, withWorkers, workflowBundle } from './run';

/** Runs of earlier versions that may still be under way when a worker is replaced. */
const folder = join(__dirname, '../../../test/workflows/histories');
const committed = {
  experiment: '',
  trial: '/seed-1',
  pretraining: '/seed-1/pretraining',
  classifier: '/seed-1/supervised/labels-50',
  sweep: '-sweep',
};

beforeAll(async () => {
  quietRuntime();
  await workflowBundle();
  if (process.env['BYOL_UPDATE_HISTORIES']) await record();
}, 120_000);

/** Run with BYOL_UPDATE_HISTORIES=1 after a change of the workflows that no run under way needs to survive. */
async function record(): Promise<void> {
  const environment = await startTemporal();
  try {
    const spec = smallSpec({ name: 'replayed', seeds: [1], labels: [50] });
    await withWorkers(environment, fakeActivities().activities, async () =>
      (await startExperiment(environment, spec)).result(),
    );
    const axes = [{ path: 'pretraining.batch', values: [16, 32, 48] }];
    const plan = smallPlan('replayed-sweep', spec, axes, { rungs: 2, keep: 0.5 });
    const { activities } = fakeSweep(plan, ({ pretraining }) => pretraining.batch / 100);
    await withWorkers(environment, activities, async () => (await startSweep(environment, plan, true)).result());
    for (const [workflow, path] of Object.entries(committed)) {
      const history = await environment.client.workflow.getHandle(`replayed${path}`).fetchHistory();
      writeFileSync(join(folder, `${workflow}.json`), historyToJSON(history));
    }
  } finally {
    await environment.teardown();
  }
}

type Committed = keyof typeof committed;
const read = (workflow: Committed): string => readFileSync(join(folder, `${workflow}.json`), 'utf8');
const replay = async (workflow: Committed, history = read(workflow)) => {
  const workflows = { workflowBundle: await workflowBundle() };
  await Worker.runReplayHistory(workflows, historyFromJSON(JSON.parse(history)), `replayed${committed[workflow]}`);
};

test.each(Object.keys(committed))('a run of %s that an earlier version began can be gone on with', async (workflow) => {
  await replay(workflow as Committed);
});

test('a history that these workflows would not have made is noticed', async () => {
  const other = read('pretraining').replaceAll('"pretrainEpochs"', '"somethingElse"');
  await expect(replay('pretraining', other)).rejects.toThrow(DeterminismViolationError);
});
