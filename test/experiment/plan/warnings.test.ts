import { presets } from '../../../experiment/presets';
import { parseSpec, type ExperimentSpec } from '../../../experiment/resolve';
import { planExperiment } from '../../../experiment/plan/plan';
import { warningsOf } from '../../../experiment/plan/warnings';
import { cpu, usual } from './machine';

const quickstart = parseSpec(presets['mnist-quickstart']!.spec);
const own = { ...quickstart, dataset: { ...quickstart.dataset, kind: 'images' } } as ExperimentSpec;
const longer = { ...own, pretraining: { ...own.pretraining, epochs: 100 } };
const many = { unlabelled: 50_000, pool: 50_000, smallestClass: 5000, validation: 5000, test: 10_000 };

test('data that are many are found no fault with', () => {
  expect(warningsOf(many, own)).toEqual([]);
});

test('few images are told with what follows, each by what they are for', () => {
  // statsmodels' proportion_confint(80, 100, method='agresti_coull') is (.711, .867): 7.8 points either way.
  expect(warningsOf({ ...many, test: 100 }, own)).toEqual([
    expect.stringMatching(/^About 100 images to test on: .* known to 7\.8 points either way/),
  ]);
  expect(warningsOf({ ...many, test: 410 }, own)).toEqual([]);
  expect(warningsOf({ ...many, test: 390 }, own)).toHaveLength(1);
  expect(warningsOf({ ...many, validation: 100 }, own)).toEqual([
    expect.stringMatching(/^About 100 images to choose settings by: .* standard error of 4\.0 points/),
  ]);
  expect(warningsOf({ ...many, validation: 190 }, own)).toEqual([]);
  expect(warningsOf({ ...many, unlabelled: 1999 }, longer)).toEqual([
    expect.stringMatching(/^About 1,999 images to pretrain on/),
  ]);
});

test("advice that only images of one's own can follow is for them alone", () => {
  const few = { ...many, test: 100, unlabelled: 500 };
  expect(warningsOf(few, own).join()).toMatch(/dataset\.test.*a folder unlabelled/);
  expect(warningsOf(few, quickstart).join()).not.toMatch(/dataset\.test|a folder unlabelled/);
});

test('a plan has them for the images that its spec uses', () => {
  const facts = { train: 4000, test: 100, smallestClass: 2000, classes: 2, channels: 3 as const, pixels: 64 };
  const look = { name: 'mine', dataset: { kind: 'images' as const, source: '/data/mine' }, facts };
  const plan = (...overrides: { path: string; value: unknown }[]) => planExperiment(look, cpu, usual, overrides);
  expect(plan().warnings[0]).toContain('to test on');
  expect(plan({ path: 'dataset.unlabelled', value: 500 }).warnings[1]).toContain('About 500 images to pretrain on');
});
