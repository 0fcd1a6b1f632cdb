import { planExperiment } from '../../../experiment/plan/plan';
import { warningsOf } from '../../../experiment/plan/warnings';
import { cpu, usual } from './machine';

const many = { unlabelled: 50_000, pool: 50_000, smallestClass: 5000, validation: 5000, test: 10_000 };

test('data that are many are found no fault with', () => {
  expect(warningsOf(many)).toEqual([]);
});

test('few images are told with what follows, each by what they are for', () => {
  // numpy: 1.96 * sqrt(.8 * .2 / 100) = .0784
  expect(warningsOf({ ...many, test: 100 })).toEqual([
    expect.stringMatching(/^About 100 images to test on: .* known to 7\.8 points either way/),
  ]);
  expect(warningsOf({ ...many, test: 400 })).toEqual([]);
  expect(warningsOf({ ...many, test: 399 })).toHaveLength(1);
  // sqrt(.8 * .2 / 100) = .04
  expect(warningsOf({ ...many, validation: 100 })).toEqual([
    expect.stringMatching(/^About 100 images to choose settings by: .* standard error of 4\.0 points/),
  ]);
  expect(warningsOf({ ...many, validation: 178 })).toEqual([]);
  expect(warningsOf({ ...many, unlabelled: 1999 })).toEqual([
    expect.stringMatching(/^About 1,999 images to pretrain on/),
  ]);
});

test('a plan has them for the images that its spec uses', () => {
  const facts = { train: 4000, test: 100, smallestClass: 2000, classes: 2, channels: 3 as const, pixels: 64 };
  const look = { name: 'mine', dataset: { kind: 'images' as const, source: '/data/mine' }, facts };
  const plan = (...overrides: { path: string; value: unknown }[]) => planExperiment(look, cpu, usual, overrides);
  expect(plan().warnings).toEqual([expect.stringContaining('to test on')]);
  expect(plan({ path: 'dataset.unlabelled', value: 500 }).warnings).toEqual([
    expect.stringContaining('to test on'),
    expect.stringContaining('About 500 images to pretrain on'),
  ]);
});
