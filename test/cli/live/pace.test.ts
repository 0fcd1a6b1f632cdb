import { leftWords, Pace } from '../../../cli/live/pace';
import type { PendingActivity, Snapshot } from '../../../cli/snapshot';
import { advance, planStages, type StageReport } from '../../../workflows/progress';
import { smallSpec } from '../../workflows/run';

const spec = smallSpec({ name: 'x' });
const works: PendingActivity = { type: 't', attempt: 1, started: true, pulse: { step: 0 } };

const waits: PendingActivity = { type: 't', attempt: 1, started: false, pulse: {} };

/** The stages after some reports, and which of them a device works on. */
function snapshot(reports: StageReport[], working: string[]): Snapshot {
  const stages = reports.reduce(advance, planStages('x', spec));
  return {
    status: 'RUNNING',
    view: { status: 'running', stages },
    pending: new Map(working.map((id) => [id, [works]])),
  };
}
const pretraining = 'x/seed-1/pretraining';
const supervised = 'x/seed-1/supervised/labels-50';
/** Epochs of the whole: 2 seeds x 3 of pretraining, and 2 seeds x 2 arms x (8 for 50 labels + 8 for 100). */

test('time counts for what a device works on; other arms and label counts are reckoned from what is known', () => {
  const pace = new Pace();
  pace.observe(snapshot([], [pretraining]), 0);
  expect(pace.left(snapshot([], []))).toBeUndefined();
  const one = [{ id: pretraining, done: 1 }];
  pace.observe(snapshot(one, [pretraining]), 10_000);
  // 5 epochs of pretraining of 10 s are left; of classifiers nothing is known.
  expect(pace.left(snapshot(one, []))).toEqual({ seconds: 50, unknown: ['supervised', 'fine-tuned'] });
  pace.observe(snapshot(one, [supervised]), 11_000);
  const two = [...one, { id: supervised, done: 4 }];
  pace.observe(snapshot(two, [supervised]), 15_000);
  // 1 s to begin, for the other seed's too; then 4 s for 4 epochs with 50 labels, and twice that with 100.
  const classifiers = 1 + (4 + 3 * 8) * 1 + 4 * 8 * 2;
  expect(pace.left(snapshot(two, []))).toEqual({ seconds: 50 + classifiers, unknown: [] });
});

test('two devices at work halve what is left, and a gap says nothing', () => {
  const pace = new Pace();
  const other = 'x/seed-2/pretraining';
  pace.observe(snapshot([], [pretraining, other]), 0);
  const both = [pretraining, other].map((id) => ({ id, done: 1 }));
  pace.observe(snapshot(both, [pretraining, other]), 10_000);
  expect(pace.left(snapshot(both, []))).toEqual({ seconds: 20, unknown: ['supervised', 'fine-tuned'] });
  pace.observe(snapshot(both, [pretraining, other]), 4_000_000);
  expect(pace.left(snapshot(both, []))).toEqual({ seconds: 20, unknown: ['supervised', 'fine-tuned'] });
});

test('trainings that run at once cost their share of the time, those of one search too', () => {
  const pace = new Pace();
  const fineTuned = 'x/seed-1/fine-tuned/labels-50';
  // Two rates of one search and a pretraining, three at once.
  const at = (done: number) => {
    const shown = snapshot(
      [
        { id: pretraining, done },
        { id: supervised, done: 2 * done },
      ],
      [],
    );
    return {
      ...shown,
      pending: new Map([
        [pretraining, [works]],
        [supervised, [works, works]],
        [fineTuned, [waits]],
      ]),
    };
  };
  for (const second of [0, 6, 12]) pace.observe(at(second / 12), 1000 * second);
  // Of 12 s one third made 1 epoch of pretraining, two thirds 2 of the classifier: 4 s each. 100 labels cost twice as much.
  const classifiers = (6 + 3 * 8) * 4 + 4 * 8 * 8;
  expect(pace.left(at(1))).toEqual({ seconds: expect.closeTo(5 * 4 + classifiers) as number, unknown: [] });
});

test('what is done never goes back', () => {
  const pace = new Pace();
  const [stage] = snapshot([], []).view!.stages.filter(({ id }) => id === pretraining);
  pace.observe(snapshot([{ id: pretraining, done: 2 }], []), 0);
  pace.observe(snapshot([{ id: pretraining, done: 1 }], []), 1000);
  expect(pace.doneOf(stage!)).toBe(2);
});

test('the words for what is left name what is not counted in it', () => {
  expect(leftWords({ seconds: 300, unknown: [] })).toBe('about 5:00 left in all');
  expect(leftWords({ seconds: 8, unknown: ['pretraining', 'linear-probe', 'fine-tuned'] })).toBe(
    'about 0:08 left, and pretraining, linear-probe and fine-tuned on top: how long they take is not known yet',
  );
});
