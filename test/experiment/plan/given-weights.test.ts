import { namedDatasets } from '../../../experiment/named-datasets';
import type { Override } from '../../../experiment/overrides';
import type { DataLook } from '../../../experiment/plan/look';
import { draftOf, planExperiment } from '../../../experiment/plan/plan';
import { cpu, usual } from './machine';

const cifar10: DataLook = { name: 'cifar10', ...namedDatasets['cifar10']! };

test('given weights need their network named: the plan chooses one by the data', () => {
  const weights = { path: 'model.weights', value: '/weights.pth' };
  const resnet18 = { path: 'model.backbone', value: 'resnet18' };
  const plan = (...overrides: Override[]) => planExperiment(cifar10, cpu, usual, overrides);
  expect(() => plan(weights)).toThrow(/model\.weights is given and model\.backbone is not/);
  expect(() => plan({ path: 'model', value: { weights: '/weights.pth' } })).toThrow(/model\.backbone is not/);
  expect(() => draftOf(cifar10, cpu, [weights])).toThrow(/model\.backbone is not/);
  expect(plan(weights, resnet18).spec.model).toMatchObject({ backbone: 'resnet18', weights: '/weights.pth' });
});
