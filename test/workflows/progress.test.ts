import { progressTable } from '../../workflows/details';
import { advance, isMilestone, keeping, lastOf, planStages, reportsPerStage } from '../../workflows/progress';
import { smallSpec } from './run';

const spec = smallSpec({ name: 'plan' });
const id = 'plan/seed-1/pretraining';

test('the plan has a stage for each thing that will run, all waiting', () => {
  const stages = planStages('plan', spec);
  expect(stages.map((stage) => stage.id)).toEqual([
    'plan/fetch',
    ...[1, 2].flatMap((seed) => [
      `plan/seed-${seed}/pretraining`,
      `plan/seed-${seed}/supervised/labels-50`,
      `plan/seed-${seed}/supervised/labels-100`,
      `plan/seed-${seed}/fine-tuned/labels-50`,
      `plan/seed-${seed}/fine-tuned/labels-100`,
    ]),
    'plan/export',
    'plan/report',
  ]);
  expect(stages[1]).toMatchObject({ stage: 'pretraining', seed: 1, done: 0, total: 3, state: 'waiting' });
  expect(stages[2]).toMatchObject({ arm: 'supervised', labels: 50, total: 2 * 4, unit: 'epochs' });
});

test('a report changes its stage and no other', () => {
  const before = planStages('plan', spec);
  const after = advance(before, { id, done: 2, state: 'running', lastLoss: 0.5 });
  expect(after[1]).toEqual({ ...before[1], done: 2, state: 'running', lastLoss: 0.5 });
  expect(after.filter((stage) => stage.id !== id)).toEqual(before.filter((stage) => stage.id !== id));
  expect(before[1]).toMatchObject({ done: 0, state: 'waiting' });
});

test('what is done is never undone, and a stage that is not there changes nothing', () => {
  const two = advance(planStages('plan', spec), { id, done: 2 });
  expect(advance(two, { id, done: 1, state: 'failed' })[1]).toMatchObject({ done: 2, state: 'failed' });
  expect(advance(two, { id: 'plan/seed-9/pretraining', done: 3 })).toEqual(two);
});

test('what an earlier run left is shown from the first, and a stage that is complete does not begin again', () => {
  const kept = keeping(planStages('plan', spec), [
    { stage: 'pretraining', seed: 1, done: 3, complete: true },
    { stage: 'supervised', seed: 1, labels: 100, done: 5, complete: false },
  ]);
  const stageOf = (stages: typeof kept, path: string) => stages.find((stage) => stage.id === `plan/${path}`);
  expect(stageOf(kept, 'seed-1/pretraining')).toMatchObject({ done: 3, state: 'done' });
  expect(stageOf(kept, 'seed-1/supervised/labels-100')).toMatchObject({ done: 5, state: 'waiting' });
  expect(stageOf(kept, 'seed-1/supervised/labels-50')).toMatchObject({ done: 0, state: 'waiting' });
  const begun = advance(kept, { id, done: 0, state: 'running' });
  expect(stageOf(begun, 'seed-1/pretraining')).toMatchObject({ done: 3, state: 'done' });
  expect(stageOf(advance(begun, { id, state: 'failed' }), 'seed-1/pretraining')).toMatchObject({ state: 'failed' });
});

test('a stage reports at most as often as it may, at the end always', () => {
  const milestones = (total: number, reports: number) =>
    Array.from({ length: total }, (_, done) => isMilestone(done, done + 1, total, reports));
  expect(milestones(3, 20)).toEqual([true, true, true]);
  expect(milestones(1000, 20).filter(Boolean)).toHaveLength(20);
  expect(milestones(1000, 20).at(-1)).toBe(true);
  expect(milestones(7, 3).filter(Boolean)).toHaveLength(3);
  expect(isMilestone(0, 0, 0, 20)).toBe(false);
});

test('however many stages there are, the reports fit into one history', () => {
  expect(reportsPerStage(spec)).toBe(20);
  const many = {
    ...spec,
    seeds: Array.from({ length: 100 }, (_, seed) => seed),
    labels: [50, 100, 200, 'all' as const],
  };
  expect(reportsPerStage(many)).toBe(2);
});

test('the table is Markdown with a row for each stage and says why it failed', () => {
  const stages = advance(planStages('plan', spec), {
    id,
    done: 3,
    state: 'done',
    lastLoss: 0.12345,
    imagesPerSecond: 1500.4,
  });
  const table = progressTable({ status: 'failed', stages, failure: 'The bucket is gone.' }, 'plan');
  expect(table).toContain('**failed**: 1 of 13 stages done');
  expect(table).toContain('**Why:** The bucket is gone.');
  expect(table).toContain('| pretraining | 1 |  | done | 3 of 3 epochs | 0.1235 | 1500 |  |');
  expect(table.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(2 + 13);
});

test('a table of thousands of stages is cut, and says so', () => {
  const many = { ...spec, seeds: Array.from({ length: 100 }, (_, seed) => seed) };
  const table = progressTable({ status: 'running', stages: planStages('plan', many) }, 'plan');
  expect(table).toContain('... and 303 more stages.');
});

test('a loss that is not finite, which JSON makes null, is not shown', () => {
  const epoch = { epoch: 1, steps: 1, learningRate: 1, imagesPerSecond: 9, seconds: 1, worker: 'w' };
  expect(lastOf({ ...epoch, loss: 0.5 })).toEqual({ lastLoss: 0.5, imagesPerSecond: 9 });
  expect(lastOf({ ...epoch, loss: null as unknown as number })).toEqual({ imagesPerSecond: 9 });
  expect(lastOf(null)).toEqual({});
});

test('an encoder is told in short beside the loss, and a collapse above the table until it is over', () => {
  const collapsed = { epoch: 2, reason: 'features that vary along one line alone' };
  const told = advance(planStages('plan', spec), {
    id,
    lastLoss: 0.5234,
    knnAccuracy: 0.871,
    effectiveRank: 41.2,
    collapsed,
  });
  const table = progressTable({ status: 'running', stages: told }, 'plan');
  expect(table).toContain('| 0.5234, kNN 87%, rank 41, collapsed since epoch 2 |');
  expect(table).toContain(
    '**The encoder of seed 1 collapsed**, since epoch 2: it has features that vary along one line alone. The comparison will not be valid.',
  );
  const over = progressTable(
    {
      status: 'running',
      stages: advance(told, { id, effectiveRank: 4.44, collapsed: null }),
    },
    'plan',
  );
  expect(over).toContain('| 0.5234, kNN 87%, rank 4.4 |');
  expect(over).not.toContain('collapsed');
});

test('of the last epoch what is finite is told, and what was not measured is left out', () => {
  const epoch = { epoch: 1, steps: 1, learningRate: 1, imagesPerSecond: 5, seconds: 1, worker: 'w' };
  expect(lastOf({ ...epoch, loss: 0.5, knnAccuracy: 0.9, effectiveRank: 3 })).toEqual({
    ...{ lastLoss: 0.5, imagesPerSecond: 5, knnAccuracy: 0.9, effectiveRank: 3 },
  });
  expect(lastOf({ ...epoch, loss: 0.5, effectiveRank: NaN })).toEqual({ lastLoss: 0.5, imagesPerSecond: 5 });
});
