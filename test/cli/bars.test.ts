import { barsOf, clock, figures, liveDone, troublesOf } from '../../cli/bars';
import type { PendingActivity, Snapshot } from '../../cli/snapshot';
import type { StageProgress } from '../../workflows/progress';

const stage = (changes: Partial<StageProgress>): StageProgress => ({
  id: 'x/seed-1/pretraining',
  stage: 'pretraining',
  seed: 1,
  done: 0,
  total: 6,
  unit: 'epochs',
  state: 'waiting',
  ...changes,
});
const snapshot = (stages: StageProgress[], pending: [string, PendingActivity[]][] = []): Snapshot => ({
  status: 'RUNNING',
  view: { status: 'running', stages },
  pending: new Map(pending),
});

describe('liveDone', () => {
  test('adds the part of an epoch that the heartbeat tells, and never passes the total or goes back', () => {
    expect(liveDone(stage({ done: 2 }), [])).toBe(2);
    expect(liveDone(stage({ done: 2 }), [{ step: 5, steps: 10 }])).toBe(2.5);
    expect(liveDone(stage({ done: 2 }), [{ epochsDone: 1, step: 0, steps: 10 }])).toBe(3);
    expect(liveDone(stage({ done: 6 }), [{ step: 10, steps: 10 }])).toBe(6);
  });

  test('adds up what several activities of a stage have done since the stage was last heard of', () => {
    const pulses = [{ epochsDone: 30, step: 1, steps: 2 }, { epochsDone: 2 }];
    expect(liveDone(stage({ done: 60, total: 180 }), pulses)).toBe(92.5);
  });
});

describe('barsOf', () => {
  test('adds up seeds, names what is under way, and takes figures from the heartbeat', () => {
    const stages = [
      stage({ state: 'done', done: 6, lastLoss: 0.5 }),
      stage({ id: 'x/seed-2/pretraining', seed: 2, state: 'running', done: 1, lastLoss: 0.9, imagesPerSecond: 100 }),
      stage({ id: 'x/seed-3/pretraining', seed: 3, state: 'running' }),
      stage({ id: 'x/report', stage: 'report', total: 1, unit: 'runs' }),
    ];
    const pulse = { step: 1, steps: 4, imagesPerSecond: 200 };
    const waits = { type: 'pretrainEpochs', attempt: 1, pulse: {} };
    const [pretraining, report] = barsOf(
      snapshot(stages, [
        ['x/seed-2/pretraining', [{ ...waits, pulse }]],
        ['x/seed-3/pretraining', [waits]],
      ]),
    );
    expect(pretraining).toMatchObject({
      done: 7.25,
      total: 18,
      state: 'running',
      what: 'seed 2',
      imagesPerSecond: 200,
      loss: 0.9,
    });
    expect(report).toMatchObject({ done: 0, total: 1, state: 'waiting', what: '' });
  });

  test('one failed seed makes the bar failed', () => {
    expect(barsOf(snapshot([stage({ state: 'failed' }), stage({ state: 'running' })]))[0]?.state).toBe('failed');
  });

  test('nothing is known before a worker has answered', () => {
    expect(barsOf({ status: 'RUNNING', view: null, pending: new Map() })).toEqual([]);
  });
});

test('troublesOf tells retries with their cause, each once, and not first attempts', () => {
  const failing = { type: 'fetchDataset', attempt: 3, pulse: {}, failure: 'no answer' };
  const { view, status } = snapshot([]);
  const pending = new Map([['x', [failing, failing, { type: 'evaluate', attempt: 1, pulse: {} }]]]);
  expect(troublesOf({ view, status, pending, silence: 'no worker' })).toEqual([
    'no worker',
    'fetchDataset is tried again (attempt 3): no answer',
  ]);
});

test('clock and figures', () => {
  expect([0, 75, 3700].map(clock)).toEqual(['0:00', '1:15', '1:01:40']);
  expect(figures({ imagesPerSecond: 1620.4, loss: 1.2345 })).toBe('1,620 images/s, loss 1.23');
  const encoder = { knnAccuracy: 0.871, effectiveRank: 41.2, collapsed: { epoch: 3, reason: '' } };
  expect(figures({ loss: 0.52, ...encoder })).toBe('loss 0.520, kNN 87%, rank 41, collapsed since epoch 3');
  expect(figures({ message: 'train_X.bin' })).toBe('train_X.bin');
});
