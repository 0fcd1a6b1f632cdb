import { metricsText, parseMetrics } from '../../experiment/run-metrics';

const epoch = { steps: 10, learningRate: 0.1, imagesPerSecond: 1500, seconds: 2, worker: 'w' };

test('an epoch is a line with the names that users know, and reads back', () => {
  const at = '2026-03-01T12:00:00.000Z';
  const text = metricsText([
    { ...epoch, epoch: 1, loss: 0.5, knnAccuracy: 0.8, tau: 0.99, spread: 0.9, at },
    { ...epoch, epoch: 2, loss: NaN, validationAccuracy: 0.7 },
  ]);
  expect(text.split('\n')).toHaveLength(3);
  expect(JSON.parse(text.split('\n')[0]!)).toEqual({
    ...{ epoch: 1, step: 10, at, worker: 'w', 'train/loss': 0.5, 'knn/accuracy': 0.8, learning_rate: 0.1, tau: 0.99 },
    ...{ spread: 0.9, images_per_second: 1500, seconds: 2 },
  });
  const [first, second] = parseMetrics(text);
  expect(first).toMatchObject({ epoch: 1, step: 10, at, worker: 'w', values: { 'train/loss': 0.5, tau: 0.99 } });
  expect(second).toMatchObject({ epoch: 2, step: 20, values: { 'validation/accuracy': 0.7 } });
  expect(second?.values).not.toHaveProperty('train/loss');
});

test('what is no such line is refused', () => {
  expect(() => parseMetrics('{"epoch":"one"}')).toThrow(/epoch/);
  expect(() => parseMetrics('nonsense')).toThrow(SyntaxError);
});
