import { eventFile } from '../../../activities/formats/event-file';
import { keepRunMetrics } from '../../../activities/epochs/run-metrics';
import { parseMetrics } from '../../../experiment/run-metrics';

const of = { experiment: 'mine', run: 'seed-1/pretraining' };
const epochs = [{ epoch: 1, steps: 3, loss: 0.5, learningRate: 0.1, imagesPerSecond: 9, seconds: 1, worker: 'w' }];
const folder = 'experiments/mine/runs/seed-1/pretraining';

test('the metrics of a run lie beside its checkpoints, whole, as lines and for TensorBoard', async () => {
  const puts = new Map<string, Buffer>();
  const put = async (key: string, body: Buffer) => void puts.set(key, body);
  await keepRunMetrics({ put }, of, epochs, fail);
  const lines = puts.get(`${folder}/metrics.jsonl`)?.toString() ?? '';
  expect(lines).toBe(
    '{"epoch":1,"step":3,"worker":"w","train/loss":0.5,"learning_rate":0.1,"images_per_second":9,"seconds":1}\n',
  );
  expect(puts.get(`${folder}/events.out.tfevents.0.durable-byol`)).toEqual(eventFile(parseMetrics(lines)));
  expect(puts.size).toBe(2);
});

test('a store that refuses them is told of, and nothing is thrown', async () => {
  const warnings: string[] = [];
  const put = () => Promise.reject(new Error('The bucket is full.'));
  await keepRunMetrics({ put }, of, epochs, (message) => void warnings.push(message));
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('goes on without it: The bucket is full.');
});

const fail = (message: string) => {
  throw new Error(message);
};
