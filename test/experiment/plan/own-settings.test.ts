import { tauOf } from '../../../experiment/plan/choices';
import type { DataLook } from '../../../experiment/plan/look';
import { planExperiment } from '../../../experiment/plan/plan';
import { cpu, usual } from './machine';

test("the user's settings stand, are said to be theirs, and the choices follow from them", () => {
  const own: DataLook = {
    name: 'mine',
    dataset: { kind: 'images', source: '/data' },
    facts: { train: 5000, test: 500, smallestClass: 400, classes: 10, channels: 3, pixels: 500 },
  };
  const free = planExperiment(own, cpu, usual, []);
  expect(free.spec.dataset).toMatchObject({ kind: 'images', size: 64, channels: 3, unlabelled: 'all' });
  const settings = [
    { path: 'dataset.size', value: 32 },
    { path: 'seeds', value: [7] },
    { path: 'name', value: 'other' },
    { path: 'pretraining.batch', value: 128 },
    { path: 'pretraining.epochs', value: 500 },
    { path: 'pretraining.views', value: 'simclr' },
  ];
  const { spec, choices } = planExperiment(own, cpu, usual, settings, 3600);
  expect(spec).toMatchObject({ name: 'other', seeds: [7], dataset: { size: 32 } });
  const ownChoices = choices.filter(({ reason }) => reason === 'you set it');
  expect(Object.fromEntries(ownChoices.map(({ setting, value }) => [setting, value]))).toEqual({
    'dataset.size': '32 x 32, colour',
    'pretraining.batch': '128',
    'pretraining.epochs': '500',
    'pretraining.views': spec.pretraining.views.first.map(({ op }) => op).join(', '),
    seeds: '7',
  });
  expect(spec.pretraining.tau.base).toBe(tauOf(500 * Math.floor(4000 / 128)));
  const accumulating = planExperiment(
    own,
    cpu,
    usual,
    [...settings, { path: 'pretraining.accumulate', value: 8 }],
    3600,
  );
  expect(accumulating.spec.pretraining.tau.base).toBe(tauOf(500 * Math.floor(4000 / (128 * 8))));
  expect(free.spec.pretraining.tau.base).not.toBe(spec.pretraining.tau.base);
  const small = planExperiment(own, cpu, usual, settings.slice(0, 1));
  expect(small.spec.pretraining.views.first.map(({ op }) => op)).not.toContain('gaussian-blur');
  expect(() => planExperiment(own, cpu, usual, [{ path: 'dataset.size', value: 'large' }])).toThrow(
    /dataset\.size must be/,
  );
});
