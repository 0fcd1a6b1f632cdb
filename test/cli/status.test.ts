import { stageTable } from '../../cli/commands/status';
import type { PendingActivity } from '../../cli/snapshot';
import { advance, planStages } from '../../workflows/progress';
import { smallSpec } from '../workflows/run';

const [first, second] = ['mine/seed-1/pretraining', 'mine/seed-2/pretraining'];
const stages = [first, second].reduce(
  (all, id) => advance(all, { id, state: 'running', done: 0 }),
  planStages('mine', smallSpec({ name: 'mine' })),
);
const rowOf = (activities: PendingActivity[], seed: number) => {
  const pending = new Map([[seed === 1 ? first : second, activities]]);
  const rows = stageTable({ view: { status: 'running', stages }, pending }).split('\n');
  return rows.find((row) => new RegExp(`pretraining +│ ${seed} `).test(row)) ?? '';
};
const activity = { type: 'pretrainEpochs', attempt: 1, pulse: {} };

test('a stage whose activity no device has yet waits its turn, as the page of byol watch says', () => {
  expect(rowOf([{ ...activity, started: false }], 1)).toContain('waits its turn');
  expect(rowOf([{ ...activity, started: true }], 1)).toContain('waits its turn');
  expect(rowOf([{ ...activity, started: true, pulse: { epoch: 1 } }], 1)).toContain('running');
  expect(rowOf([], 2)).toContain('running');
});

test('one that failed and is tried again is under way', () => {
  expect(rowOf([{ ...activity, attempt: 2, started: false, failure: 'no answer' }], 1)).toContain('running');
});
