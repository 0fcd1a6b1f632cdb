import fc from 'fast-check';
import pc from 'picocolors';
import { pageLines, type PageState } from '../../../cli/live/page';
import { lineWidth, paint } from '../../../cli/live/spans';
import type { PendingActivity } from '../../../cli/snapshot';
import { advance, planStages } from '../../../workflows/progress';
import { smallSpec } from '../../workflows/run';

const spec = smallSpec({ name: 'mine' });
const now = new Date('2026-03-01T12:10:00Z');
const epochs = (values: Record<string, number>[]) =>
  values.map((each, at) => ({ epoch: at + 1, step: at, at: '2026-03-01T12:09:50Z', worker: 'w', values: each }));

/** Seed 1 pretrains on a device, a classifier of seed 2 failed once and is tried again. */
function state(changes: Partial<PageState> = {}): PageState {
  let stages = planStages('mine', spec);
  stages = advance(stages, { id: 'mine/fetch', state: 'done', done: 1 });
  stages = advance(stages, { id: 'mine/seed-1/pretraining', state: 'running', done: 2, knnAccuracy: 0.8 });
  stages = advance(stages, { id: 'mine/seed-1/supervised/labels-50', state: 'done', done: 8, accuracy: 0.75 });
  stages = advance(stages, { id: 'mine/seed-2/supervised/labels-100', state: 'running', done: 4 });
  const run = 'seed-1/pretraining';
  const pretrains: PendingActivity = {
    ...{ type: 'pretrainEpochs', attempt: 1, started: true, worker: 'gpu-7' },
    pulse: { run, epoch: 2, step: 5, steps: 10, loss: 0.5, imagesPerSecond: 1620.4 },
  };
  const retried: PendingActivity = {
    ...{
      type: 'trainClassifierEpochs',
      attempt: 3,
      started: false,
      failure: 'no answer \u001b[31mfrom \u202ethe bucket',
    },
    ...{ pulse: {}, worker: 'gpu-8', nextAttempt: new Date(now.getTime() + 20_000) },
  };
  const done = (id: string) => stages.find((stage) => stage.id === id)!.done;
  return {
    ...{ name: 'mine', spec, done, now, leaving: 'q: leave; it goes on', ui: 'http://localhost:8233/mine' },
    left: { seconds: 300, unknown: [] },
    histories: new Map([
      [
        run,
        epochs([
          { 'train/loss': 0.9, 'knn/accuracy': 0.6 },
          { 'train/loss': 0.6, 'knn/accuracy': 0.81 },
        ]),
      ],
    ]),
    snapshot: {
      status: 'RUNNING',
      startedAt: new Date('2026-03-01T12:00:00Z'),
      view: { status: 'running', stages },
      pending: new Map([
        ['mine/seed-1/pretraining', [pretrains]],
        ['mine/seed-2/supervised/labels-100', [retried]],
      ]),
    },
    ...changes,
  };
}
const plain = (of: PageState, columns: number, rows: number) =>
  pageLines(of, { columns, rows }).map((line) => paint(line, pc.createColors(false)));

test('a page says what runs where, how it goes, what is kept, what is tried again, and how long it takes', () => {
  const page = plain(state(), 140, 50);
  const text = page.join('\n');
  expect(page[0]).toBe('mine running  10:00 so far · about 5:00 left in all');
  expect(page[1]).toMatch(/^█{40}░{20} 66% of the time$/);
  expect(text).toContain(' 2/6 epochs  seed 1 · = 3 epochs x 2 seeds');
  expect(text).toMatch(
    /supervised +█+░+ 12\/32 epochs {2}waits its turn · = 2 learning rates x 4 epochs x 2 label counts x 2 seeds/,
  );
  expect(text).toMatch(/fine-tuned +░+ 0\/32 epochs {2}waits for pretraining/);
  expect(text).toMatch(/report +░+ {2}waits for all seeds/);
  expect(text).toContain('1,620 images/s · loss 0.500 █▁ · kNN 81.0% ▁█');
  expect(text).toContain('checkpoint: epoch 2, 0:10 ago · on gpu-7');
  expect(text).toContain('! trainClassifierEpochs is tried again (attempt 3): no answer [31mfrom the bucket');
  expect(text).toContain('attempt 3 failed, next in 0:20');
  expect(text).toContain('supervised 50 75.0%');
  expect(text).toContain('Temporal: http://localhost:8233/mine');
  expect(page.at(-1)).toBe('q: leave; it goes on');
});

test('what is left is told with what is not known yet, and not at all once the run is over', () => {
  expect(plain(state({ left: { seconds: 300, unknown: ['pretraining'] } }), 100, 40)[0]).toContain(
    'about 5:00 left, and pretraining on top: how long it takes',
  );
  expect(plain(state({ left: undefined }), 100, 40)[0]).toBe('mine running  10:00 so far');
  const { snapshot } = state();
  expect(plain(state({ snapshot: { ...snapshot, status: 'TIMED_OUT' } }), 100, 40)[0]).toBe(
    'mine timed out  10:00 so far',
  );
});

test('without colours there is no escape sequence, whatever a failure says', () => {
  // eslint-disable-next-line no-control-regex
  expect(plain(state(), 100, 60).join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

test('the page fits every terminal, and the way out stays on it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.integer({ min: 4, max: 60 }), (columns, rows) => {
      const lines = pageLines(state(), { columns, rows });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
      if (rows > 5) expect(lines.at(-1)?.[0]?.text).toMatch(/^q: leave/);
    }),
  );
});

test('in a small terminal the title, troubles and what runs come before the rest', () => {
  const page = plain(state(), 40, 20);
  expect(page[0]).toBe('mine running  10:00 so far · about 5:00…');
  expect(page.join('\n')).toContain('! trainClassifierEpochs is tried again');
  expect(page.join('\n')).toContain('seed 1 pretraining 2/3');
  expect(page.join('\n')).not.toContain('Temporal:');
});

test('before a worker has answered there is a title', () => {
  const { snapshot } = state();
  const empty = { ...snapshot, view: null, pending: new Map(), silence: 'no worker answers' };
  expect(plain(state({ snapshot: empty, left: undefined }), 80, 24).slice(0, 3)).toEqual([
    'mine running  10:00 so far',
    '',
    '! no worker answers',
  ]);
});
