import { dataName } from '../../experiment/data-name';
import { dataset } from '../../experiment/datasets';
import { namedDatasets } from '../../experiment/named-datasets';

const nameOf = (kind: string, source?: string) =>
  dataName(
    dataset.parse({ kind, ...(source === undefined ? {} : { source }), ...(kind === 'images' ? { size: 32 } : {}) }),
  );

test.each([
  ['mnist', 'MNIST'],
  ['fashion-mnist', 'fashion-mnist'],
  ['cifar10', 'CIFAR-10'],
  ['stl10', 'STL10'],
  ['imagenette', 'imagenette'],
])('the public data set %s is called %s', (name, called) => {
  expect(dataName(dataset.parse(namedDatasets[name]!.dataset))).toBe(called);
});

test('data of their own are called by the last part of where they lie, without what follows it', () => {
  expect(nameOf('mnist-idx')).toBe('MNIST');
  expect(nameOf('mnist-idx', '/data/kuzushiji/')).toBe('kuzushiji');
  expect(nameOf('images', '/home/me/photos')).toBe('photos');
  expect(nameOf('images', 'https://example.com/trees.tar.gz?signature=secret#part')).toBe('trees');
  expect(nameOf('images', 's3://bucket/leaves/')).toBe('leaves');
  expect(nameOf('images', '/')).toBe('a collection of images');
  expect(nameOf('cifar10', '/data/cifar-10-binary.tar.gz')).toBe('CIFAR-10');
});
