import { contentDigest } from '../../../experiment/digest';
import { experimentName } from '../../../experiment/names';
import { applyOverrides, type Override } from '../../../experiment/overrides';
import { presets } from '../../../experiment/presets';
import { parseSpec } from '../../../experiment/resolve';
import { memberSpec, parsePlan, planSweep, type SweepRequest } from '../../../experiment/sweep/plan';
import { continues, sharesWork } from '../../../experiment/sweep/shared';

const quickstart = presets['mnist-quickstart']!.spec;
const rates = { path: 'pretraining.learningRate', values: [0.001, 0.003] };
const plan = (request: Partial<SweepRequest>) =>
  planSweep(
    { name: 'rates', axes: [rates], fixed: [], rungs: 1, keep: 1 / 3, ...request },
    (set: readonly Override[]) => parseSpec(applyOverrides(quickstart, set)),
  );

test('a member is the spec with its settings, under a name of its own, and says so', () => {
  const { members } = plan({ fixed: [{ path: 'labels', value: [50] }] });
  expect(members.map(({ spec }) => [spec.name, spec.pretraining.learningRate, spec.labels])).toEqual([
    ['rates-01', 0.001, [50]],
    ['rates-02', 0.003, [50]],
  ]);
  expect(members[0]?.spec.description).toMatch(
    /labels\? Member 1 of the sweep rates: pretraining\.learningRate=0\.001\.$/,
  );
});

test('a rung cuts pretraining and every length of the classifiers in the same proportion, and nothing else', () => {
  const set = [{ path: 'classifier.epochs', value: [60, 61, 120] }];
  const made = plan({ rungs: 2, fixed: set });
  const full = memberSpec(made, 2, 2);
  const short = memberSpec(made, 2, 1);
  expect([full.pretraining.epochs, full.classifier.epochs]).toEqual([6, [60, 61, 120]]);
  // 60 and 61 thirds are both 20: one training.
  expect([short.pretraining.epochs, short.classifier.epochs]).toEqual([2, [20, 40]]);
  expect({ ...short, name: '', pretraining: 0, classifier: 0 }).toEqual({
    ...full,
    name: '',
    pretraining: 0,
    classifier: 0,
  });
  expect(short.name).toBe('rates-02-rung-1');
});

test('what was stored is the same plan when it is read', () => {
  const made = plan({ rungs: 2 });
  const stored: unknown = JSON.parse(JSON.stringify(made));
  expect(parsePlan(stored)).toEqual(made);
  expect(contentDigest(parsePlan(stored))).toBe(contentDigest(stored));
});

test.each<[string, Partial<SweepRequest>, RegExp]>([
  [
    'a member that is no spec',
    { axes: [{ path: 'pretraining.learningRate', values: [0.001, -1] }] },
    /with pretraining\.learningRate=-1: pretraining\.learningRate must be at least 1e-30, not -1/,
  ],
  ['a setting that no spec has', { axes: [{ path: 'lr', values: [1, 2] }] }, /lr is not a setting/],
  [
    'settings that conflict',
    { axes: [{ path: 'pretraining.batch', values: [32, 65_000] }] },
    /batch=65000: an epoch over/,
  ],
  ['a rung without an epoch', { rungs: 4 }, /rung 1 of 4 has no whole epoch: pretraining\.epochs is 6/],
  ['a setting given twice', { fixed: [{ path: rates.path, value: 1 }] }, /pretraining\.learningRate is given twice/],
  [
    'a setting for all members inside one that every member replaces',
    {
      axes: [{ path: 'pretraining.schedule', values: [{ decay: 'cosine' }, { decay: 'constant' }] }],
      fixed: [{ path: 'pretraining.schedule.warmup', value: 0.1 }],
    },
    /pretraining\.schedule\.warmup would be lost/,
  ],
  ['a long name', { name: 'x'.repeat(53) }, /may have 1 to 52 of a-z/],
  [
    'two members that come to the same',
    { axes: [{ path: 'pretraining.schedule', values: [{ decay: 'cosine' }, { decay: 'cosine', warmup: 0 }] }] },
    /have the same settings in the end/,
  ],
])('refuses %s', (_, request, sentence) => {
  expect(() => plan(request)).toThrow(sentence);
});

test('the longest names of members are names of experiments', () => {
  const made = plan({ name: 'x'.repeat(52), rungs: 2 });
  expect(memberSpec(made, 2, 1).name).toMatch(experimentName);
  expect('x'.repeat(52) + '-64-rung-5').toMatch(experimentName);
});

test('pretraining goes on from a shorter one only where nothing is spread over its length', () => {
  const spec = plan({}).members[0]!.spec;
  const constant = {
    ...spec.pretraining,
    schedule: { warmup: 0, decay: 'constant' as const },
    tau: { base: 0.9, schedule: 'constant' as const },
  };
  const of = (changes: Partial<typeof spec.pretraining>) =>
    continues({ ...spec, pretraining: { ...constant, ...changes } });
  expect(of({})).toBe(true);
  expect(of({ schedule: { warmup: 0.1, decay: 'constant' } })).toBe(false);
  expect(of({ schedule: { warmup: 0, decay: 'cosine' } })).toBe(false);
  expect(of({ tau: { base: 0.9, schedule: 'cosine' } })).toBe(false);
});

test('members have stages in common where some setting leaves pretraining or the baseline alone', () => {
  const axis = (path: string, ...values: unknown[]) => ({ path, values });
  const shares = (...axes: SweepRequest['axes']) => sharesWork(plan({ axes }));
  expect(shares(rates)).toBe(true);
  expect(shares(axis('classifier.batch', 10, 20))).toBe(true);
  expect(shares(axis('model.width', 8, 16))).toBe(false);
  expect(shares(axis('model.width', 8, 16), rates)).toBe(true);
});
