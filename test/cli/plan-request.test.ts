import { resolve } from 'node:path';
import { planRequest } from '../../cli/planned';

test.each([
  ['dataset.source=photos', { path: 'dataset.source', value: resolve('photos') }],
  ['model.weights=r18.pth', { path: 'model.weights', value: resolve('r18.pth') }],
  ['model.weights=s3://bucket/r18.pth', { path: 'model.weights', value: 's3://bucket/r18.pth' }],
  [
    'model={backbone: resnet18, weights: r18.pth}',
    { path: 'model', value: { backbone: 'resnet18', weights: resolve('r18.pth') } },
  ],
  ['model={backbone: resnet18}', { path: 'model', value: { backbone: 'resnet18' } }],
])('the worker finds what %s names from where the command was typed', (word, override) => {
  expect(planRequest(['data=photos', word])?.overrides).toEqual([override]);
});

test.each(['tim=20m', 'times=20m', 'Time=20m'])('%s is taken for a slip of time', (word) => {
  expect(() => planRequest(['data=photos', word])).toThrow(/is not a setting\. Did you mean time, as in time=20m\?/);
});
