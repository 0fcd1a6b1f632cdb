import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { STAGE_FAILED } from '../../experiment/names';
import { explainFailure } from '../../workflows/explain-failure';

const activity = (cause: Error) =>
  new ActivityFailure('Activity task failed', 'pretrainEpochs', '1', 'MAXIMUM_ATTEMPTS_REACHED', 'worker', cause);
const child = (cause: Error) =>
  new ChildWorkflowFailure('default', { workflowId: 'x/seed-1', runId: 'r' }, 'trial', 'NON_RETRYABLE_FAILURE', cause);

test('names the activity and gives its own words, not those of the error below them', () => {
  const root = new Error('connect ECONNREFUSED');
  const cause = ApplicationFailure.create({ message: 'The store is down.', cause: root });
  expect(explainFailure('The trial', activity(cause))).toBe('The trial (pretrainEpochs) failed: The store is down.');
  expect(explainFailure('The trial', activity(root))).toBe('The trial (pretrainEpochs) failed: connect ECONNREFUSED');
});

test('passes on what a child said of itself', () => {
  const said = ApplicationFailure.create({ message: 'The pretraining of seed 1 failed: no room.', type: STAGE_FAILED });
  expect(explainFailure('The experiment', child(said))).toBe(said.message);
  expect(
    explainFailure(
      'The experiment',
      child(ApplicationFailure.create({ message: said.message, type: STAGE_FAILED, cause: child(said) })),
    ),
  ).toBe(said.message);
});

test('a timeout is told in words, with the last error where there is one', () => {
  const silent = new TimeoutFailure('activity Heartbeat timeout', undefined, TimeoutType.HEARTBEAT);
  expect(explainFailure('The trial', activity(silent))).toBe(
    'The trial (pretrainEpochs) failed: its worker gave no sign of life (killed, out of memory, or cut off from the server)',
  );
  const late = new TimeoutFailure('activity ScheduleToClose timeout', undefined, TimeoutType.SCHEDULE_TO_CLOSE);
  Object.assign(late, { cause: ApplicationFailure.create({ message: 'The store is down.' }) });
  expect(explainFailure('The trial', activity(late))).toMatch(
    /all attempts have together; last error: The store is down\.$/,
  );
});

test('an error without a cause is told as it is', () => {
  expect(explainFailure('The trial', ApplicationFailure.create({ message: 'no' }))).toBe('The trial failed: no');
});
