import { membershipOf } from '../../../experiment/sweep/candidates';
import { applyOverrides } from '../../../experiment/overrides';
import { parseSpec } from '../../../experiment/resolve';
import type { Axis } from '../../../experiment/sweep/grid';
import { planSweep } from '../../../experiment/sweep/plan';
import { smallSpec } from '../../workflows/run';

/** smallSpec's classifiers search 2 settings. */
const membership = (axes: Axis[], member = 1) =>
  membershipOf(
    planSweep({ name: 'x', axes, fixed: [], rungs: 1, keep: 0.5 }, (set) =>
      parseSpec(applyOverrides(smallSpec({ name: 'x' }), set)),
    ),
    member,
  );

test('of a sweep of pretraining alone the baseline is chosen from its own search and nothing more', () => {
  expect(membership([{ path: 'pretraining.learningRate', values: [0.001, 0.002, 0.003] }], 2)).toEqual({
    format: 'durable-byol-membership/1',
    ...{ sweep: 'x', member: 2, members: 3, pretrainingOnly: 2 },
    settings: { pretrained: 6, supervised: 2 },
  });
  const images = membership([{ path: 'dataset.unlabelled', values: [2000, 3000] }]);
  expect(images).toMatchObject({ pretrainingOnly: 1, settings: { pretrained: 4, supervised: 2 } });
});

test('settings of the classifier count for both sides, and so does the length of each search', () => {
  const batches = { path: 'classifier.batch', values: [10, 20] };
  expect(membership([batches])).toMatchObject({ pretrainingOnly: 0, settings: { pretrained: 4, supervised: 4 } });
  const rates = { path: 'classifier.learningRates', values: [[0.01], [0.01, 0.02, 0.03]] };
  const both = [{ path: 'pretraining.batch', values: [16, 32, 64] }, rates];
  // 3 pretrainings with 1 and with 3 rates; of the baseline 1 and 3.
  expect(membership(both)).toMatchObject({
    ...{ members: 6, pretrainingOnly: 4 },
    settings: { pretrained: 12, supervised: 4 },
  });
});
