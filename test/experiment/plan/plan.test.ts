import fc from 'fast-check';
import { namedDatasets } from '../../../experiment/named-datasets';
import type { Speed } from '../../../experiment/plan/estimate';
import { labelCount } from '../../../experiment/plan/estimate';
import { countImages, type DataLook, type Machine } from '../../../experiment/plan/look';
import { PlanError, draftOf, planExperiment, type Plan } from '../../../experiment/plan/plan';
import type { Override } from '../../../experiment/overrides';
import { classifierSteps } from '../../../experiment/classifier-steps';
import { parseSpec } from '../../../experiment/resolve';
import { searchGrid } from '../../../experiment/search-grid';
import { augmentationGap } from '../../../report/findings/augmentation';
import { cpu, usual } from './machine';

const machines: fc.Arbitrary<Machine> = fc.record({
  device: fc.constantFrom('cpu', 'gpu'),
  devices: fc.integer({ min: 1, max: 8 }),
  cores: fc.integer({ min: 1, max: 128 }),
  bf16: fc.boolean(),
});
const rate = fc.double({ min: 1, max: 1e5, noNaN: true });
const speeds: fc.Arbitrary<Speed> = fc.record({
  devices: fc.integer({ min: 1, max: 8 }),
  pretraining: rate,
  classifier: fc.record({ supervised: rate, 'linear-probe': rate, 'fine-tuned': rate }),
  prediction: rate,
  secondsToLoad: fc.double({ min: 0.1, max: 60, noNaN: true }),
  secondsToSave: fc.double({ min: 0.01, max: 5, noNaN: true }),
});

/** Collections of images from a handful to a million, balanced or not, of any size. */
const collections: fc.Arbitrary<DataLook> = fc
  .record({
    classes: fc.integer({ min: 2, max: 300 }),
    smallest: fc.integer({ min: 2, max: 1000 }),
    skew: fc.double({ min: 1, max: 20, noNaN: true }),
    unlabelled: fc.option(fc.integer({ min: 4, max: 1_000_000 }), { nil: undefined }),
    pixels: fc.integer({ min: 16, max: 4000 }),
    channels: fc.constantFrom(1 as const, 3 as const),
  })
  .map(({ classes, smallest, skew, unlabelled, pixels, channels }) => ({
    name: 'mine',
    dataset: { kind: 'images', source: '/data/mine' },
    facts: {
      train: Math.max(8, Math.round(classes * smallest * skew)),
      test: classes,
      ...(unlabelled === undefined ? {} : { unlabelled }),
      smallestClass: smallest,
      classes,
      channels,
      pixels,
    },
  }));
const named: fc.Arbitrary<DataLook> = fc
  .constantFrom(...Object.entries(namedDatasets))
  .map(([name, { dataset, facts }]) => ({ name, dataset, facts }));
const looks = fc.oneof(collections, named);
const times = fc.double({ min: 1, max: 1e6, noNaN: true });

test('a plan is always a valid spec, whatever the data and the machine, and its labels can be drawn', () => {
  fc.assert(
    fc.property(looks, machines, speeds, (look, machine, speed) => {
      const { spec, choices, estimate } = planExperiment(look, machine, speed, []);
      expect(parseSpec(spec)).toEqual(spec);
      const counts = countImages(look.facts, spec.dataset.validation, spec.dataset.unlabelled);
      expect(counts.unlabelled).toBeGreaterThanOrEqual(spec.pretraining.batch);
      for (const budget of spec.labels) {
        expect(labelCount(budget, counts)).toBeLessThanOrEqual(counts.pool);
        if (typeof budget === 'number') expect(budget / look.facts.classes).toBeLessThanOrEqual(counts.smallestClass);
      }
      expect(estimate.total).toBeGreaterThan(0);
      expect(choices.every(({ value, reason }) => value !== '' && reason !== '')).toBe(true);
    }),
    { numRuns: 300 },
  );
});

/** Settings of the user's that what is fair follows from. */
const ownSettings: fc.Arbitrary<Override[]> = fc.constantFrom(
  [],
  [{ path: 'classifier.epochs', value: [7, 90] }],
  [{ path: 'pretraining.views', value: 'simclr' }],
);

/** Null where there is no experiment that takes so little time. */
const planWithin = (
  look: DataLook,
  machine: Machine,
  speed: Speed,
  seconds: number,
  own: Override[] = [],
): Plan | null => {
  try {
    return planExperiment(look, machine, speed, own, seconds);
  } catch (error) {
    if (error instanceof PlanError) return null;
    throw error;
  }
};

test('no arm of a plan lacks steps, or views that pretraining has: the gain would be those', () => {
  fc.assert(
    fc.property(looks, machines, speeds, times, ownSettings, (look, machine, speed, time, own) => {
      const planned = planWithin(look, machine, speed, time, own);
      if (!planned) return;
      const { spec } = planned;
      const counts = countImages(look.facts, spec.dataset.validation, spec.dataset.unlabelled);
      for (const budget of spec.labels) {
        const { perEpoch } = classifierSteps(spec.classifier, labelCount(budget, counts));
        for (const { epochs } of searchGrid(spec.classifier)) expect(epochs * perEpoch).toBeGreaterThanOrEqual(480);
      }
      const { first, second } = spec.pretraining.views;
      expect(augmentationGap(second, spec.classifier.augment)).toEqual({ lacking: [], milder: [] });
      // BYOL's first view always blurs: a classifier that only ever saw blurred images would be tested on others.
      const { lacking, milder } = augmentationGap([...first, ...second], spec.classifier.augment);
      expect(lacking).toEqual([]);
      expect(milder.filter((op) => op !== 'gaussian-blur')).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

/** Seconds that a plan trains. */
const work = (look: DataLook, machine: Machine, speed: Speed, seconds: number): number | null => {
  const planned = planWithin(look, machine, speed, seconds);
  if (planned) expect(planned.estimate.total).toBeLessThanOrEqual(seconds);
  return planned && planned.estimate.total;
};

test('a plan fits the time it is given, and more time never trains less', () => {
  fc.assert(
    fc.property(looks, machines, speeds, times, times, (look, machine, speed, one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)].map((t) => work(look, machine, speed, t));
      if (less === null || less === undefined) return;
      expect(more).toBeGreaterThanOrEqual(less);
    }),
    { numRuns: 200 },
  );
});

test('a time that is too short is refused with the least that works, and that one works', () => {
  fc.assert(
    fc.property(looks, machines, speeds, (look, machine, speed) => {
      let message = '';
      try {
        planExperiment(look, machine, speed, [], 1);
      } catch (error) {
        expect(error).toBeInstanceOf(PlanError);
        message = (error as Error).message;
      }
      const [, number, unit] = /Give time=(\d+)([sm]) or more/.exec(message) ?? [];
      const seconds = Number(number) * (unit === 'm' ? 60 : 1);
      expect(planExperiment(look, machine, speed, [], seconds).estimate.total).toBeLessThanOrEqual(seconds);
    }),
    { numRuns: 100 },
  );
});

test('a machine that is twice as fast takes half as long for what is trained', () => {
  fc.assert(
    fc.property(looks, machines, speeds, (look, machine, speed) => {
      const twice: Speed = {
        ...speed,
        pretraining: 2 * speed.pretraining,
        classifier: {
          supervised: 2 * speed.classifier.supervised,
          'linear-probe': 2 * speed.classifier['linear-probe'],
          'fine-tuned': 2 * speed.classifier['fine-tuned'],
        },
      };
      const [slow, fast] = [speed, twice].map((of) => planExperiment(look, machine, of, []));
      expect(fast?.spec).toEqual(slow?.spec);
      expect(fast?.estimate.pretraining).toBeCloseTo((slow?.estimate.pretraining ?? 0) / 2, 3);
      expect(fast?.estimate.classifiers).toBeCloseTo((slow?.estimate.classifiers ?? 0) / 2, 3);
    }),
  );
});

const look = (name: keyof typeof namedDatasets): DataLook => ({ name, ...namedDatasets[name]! });

test('what gives way when time is short: epochs, then seeds down to 3, then rates; what an hour more buys', () => {
  const at = (seconds: number) => {
    const { spec } = planExperiment(look('fashion-mnist'), cpu, usual, [], seconds);
    return {
      epochs: spec.pretraining.epochs,
      seeds: spec.seeds.length,
      rates: spec.classifier.learningRates.length,
    };
  };
  const free = planExperiment(look('fashion-mnist'), cpu, usual, []);
  expect(free.spec).toMatchObject({ pretraining: { epochs: 8 }, seeds: [1, 2, 3] });
  expect(at(20 * 60)).toEqual({ epochs: expect.any(Number) as number, seeds: 3, rates: 3 });
  expect(at(10 * 3600)).toEqual({ epochs: 64, seeds: 5, rates: 5 });
  expect(() => at(60)).toThrow(/the shortest experiment here .* 3 seeds, 2 learning rates/);
});

test('too few images are said to be too few', () => {
  const lonely = { ...look('cifar10'), facts: { ...look('cifar10').facts, classes: 1 } };
  expect(() => planExperiment(lonely, cpu, usual, [])).toThrow(/one class of labelled images.* needs 2/);
  const flat = { ...lonely, facts: { ...lonely.facts, classes: 0, smallestClass: 0 } };
  expect(() => draftOf(flat, cpu, [])).toThrow(PlanError);
});

test('one channel gets no colour and no flip; a draft to measure with is a spec', () => {
  const spec = draftOf(look('mnist'), cpu, []);
  const ops = [...spec.pretraining.views.first, ...spec.classifier.augment].map(({ op }) => op);
  expect(ops).not.toContain('color-jitter');
  expect(ops).not.toContain('horizontal-flip');
});

test('the precision is the one that auto stands for on the machine, and one that is set stands', () => {
  const precisionOn = (machine: Machine, set: Parameters<typeof planExperiment>[3] = []) => {
    const { spec, choices } = planExperiment(look('mnist'), machine, usual, set);
    return [spec.precision, choices.find(({ setting }) => setting === 'precision')?.reason];
  };
  expect(precisionOn(cpu)).toEqual(['fp32', 'the processor does not compute in bf16']);
  expect(precisionOn({ ...cpu, bf16: true })).toEqual(['bf16', 'the processor computes in it, faster than in fp32']);
  expect(precisionOn({ ...cpu, bf16: true }, [{ path: 'precision', value: 'fp32' }])).toEqual(['fp32', 'you set it']);
});

test('colour is pretrained at 1e-3, which did better there than what suits digits on a CPU', () => {
  const rateFor = (name: string, machine: Machine) =>
    planExperiment({ name, ...namedDatasets[name]! }, machine, usual, []).spec.pretraining.learningRate;
  expect(rateFor('cifar10', cpu)).toBe(1e-3);
  expect(rateFor('mnist', cpu)).toBe(3e-3);
  expect(rateFor('mnist', { ...cpu, device: 'gpu' })).toBe(1e-3);
});
