import { knnImages } from '../../experiment/knn-images';

test.each([
  [100, 400, 200],
  [10_000, 1000, 500],
  [100_000, 2000, 1000],
])('of an epoch of %i images, %i vote and %i are classed', (unlabelled, bank, queries) => {
  expect(knnImages(unlabelled)).toEqual({ bank, queries });
});
