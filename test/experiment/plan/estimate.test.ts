import { namedDatasets } from '../../../experiment/named-datasets';
import { estimate as estimated, together, type Speed } from '../../../experiment/plan/estimate';
import { countImages, type DataLook } from '../../../experiment/plan/look';
import { planExperiment } from '../../../experiment/plan/plan';
import { cpu, usual } from './machine';

const look = (name: keyof typeof namedDatasets): DataLook => ({ name, ...namedDatasets[name]! });

test('the figures of one plan, worked out by hand', () => {
  const settings = [
    { path: 'labels', value: [50, '10%'] },
    { path: 'seeds', value: [1, 2] },
    { path: 'pretraining.epochs', value: 3 },
    { path: 'classifier.epochs', value: [10, 20] },
    { path: 'classifier.learningRates', value: [1e-3] },
    { path: 'classifier.checkpointEvery', value: 5 },
    { path: 'dataset.unlabelled', value: 10_000 },
  ];
  const { spec, estimate } = planExperiment(look('fashion-mnist'), cpu, usual, settings);
  expect(spec.pretraining.batch).toBe(32);
  // 2 seeds x 3 epochs x 312 steps of 32, at 1000 images/s.
  expect(estimate.pretraining).toBeCloseTo(1.1 * 2 * 3 * 9.984);
  // 2 seeds x 2 arms x 30 epochs of 48 passes over 50 images (480 steps in 10 epochs) and of 5,500 (10% of 55,000), at 2000 images/s.
  expect(estimate.classifiers).toBeCloseTo(1.1 * 2 * 2 * 30 * (1.2 + 2.75));
  // Each epoch of pretraining (2,048 + 1,500) / 5,000 + .1 + .5 s; 2 arms x 2 budgets x (6 checkpoints of 1 + .1 + .5 s, and
  // the test 2 + .5 s); two programs, since both budgets fill a batch, and a fixed time.
  expect(estimate.rest).toBeCloseTo(1.1 * 2 * (3 * (3548 / 5000 + 0.6) + 4 * (6 * 1.6 + 2.5)) + 6 + 15);
});

test('two trainings at once: what they do together makes the time, and waiting on one device keeps no other', () => {
  // On two parts of one CPU, 0.5 of the pretraining and 0.8 of the classifiers and of prediction that each does alone.
  const each: Speed = {
    ...{ devices: 1, pretraining: 500, prediction: 4000, secondsToLoad: 4, secondsToSave: 0.2 },
    classifier: { supervised: 1600, 'linear-probe': 3200, 'fine-tuned': 1600 },
  };
  const both = together([each, { ...each, secondsToLoad: 6 }]);
  expect(both).toEqual({
    ...{ devices: 2, pretraining: 1000, prediction: 8000, secondsToLoad: 5, secondsToSave: 0.2 },
    classifier: { supervised: 3200, 'linear-probe': 6400, 'fine-tuned': 3200 },
  });
  const { spec } = planExperiment(look('fashion-mnist'), cpu, usual, [{ path: 'labels', value: [50] }]);
  const counts = countImages(look('fashion-mnist').facts, spec.dataset.validation, spec.dataset.unlabelled);
  const [alone, beside] = [usual, both].map((speed) => estimated(spec, counts, speed, 0));
  expect(beside!.pretraining).toBeCloseTo(alone!.pretraining);
  expect(beside!.classifiers).toBeCloseTo(alone!.classifiers / 1.6);
  const idle = { ...usual, prediction: Infinity, secondsToLoad: 0 };
  const fixed = 15;
  const restOf = (devices: number) => estimated(spec, counts, { ...idle, devices }, 0).rest - fixed;
  expect(restOf(2)).toBeCloseTo(restOf(1) / 2);
});

test('one seed on two devices: its pretraining is on one of them, and the other has the baselines only', () => {
  const { spec } = planExperiment(look('fashion-mnist'), cpu, usual, [
    { path: 'labels', value: [50] },
    { path: 'seeds', value: [1] },
    { path: 'arms', value: ['supervised', 'fine-tuned'] },
  ]);
  const counts = countImages(look('fashion-mnist').facts, spec.dataset.validation, spec.dataset.unlabelled);
  const of = (seeds: number[]) => estimated({ ...spec, seeds }, counts, { ...usual, devices: 2 }, 0);
  const [one, two] = [of([1]), of([1, 2])];
  const baselines = one.classifiers / 2;
  expect(one.pretraining).toBeCloseTo(two.pretraining - baselines);
  expect(of([1, 2, 3]).pretraining).toBeCloseTo(1.5 * two.pretraining);
});
