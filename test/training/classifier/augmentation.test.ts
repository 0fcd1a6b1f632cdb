import { float32Feed, int32Feed } from '../../../engine/protocol';
import { parseSpec } from '../../../experiment/resolve';
import { classifierProgram } from '../../../training/classifier/program';
import { imagesOf } from '../../reference/network-fixture';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

const batch = 8;
const side = 28;
const format = { height: side, width: side, channels: 1, mean: [0.1307], std: [0.3081] };
const specWith = (augment: object[]) =>
  parseSpec({
    name: 'augmentation',
    dataset: { kind: 'mnist-idx' },
    model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
    pretraining: { epochs: 1, batch, optimizer: { name: 'adam' }, learningRate: 1 },
    classifier: { epochs: 1, batch, optimizer: { name: 'adam' }, learningRates: [1], augment },
  });

/** Losses of steps on the same images with a learning rate of 0: they differ by the augmentation's draws alone. */
async function lossesWith(augment: object[]) {
  const program = classifierProgram(specWith(augment), format, 3, batch, 'network');
  const runner = await ProgramRunner.install(engine, program, imagesOf(2000, batch, 1, side), batch);
  await runner.call('init', { key: int32Feed([1]) });
  return (step: number, count: number, key = 1): Promise<number[]> =>
    runner
      .call('train', {
        indices: int32Feed(
          Array.from({ length: count * batch }, (_, at) => at % batch),
          [count, batch],
        ),
        labels: int32Feed(
          Array.from({ length: count * batch }, (_, at) => (at % batch) % 3),
          [count, batch],
        ),
        key: int32Feed([key, 0], [2]),
        step: int32Feed([step]),
        learning_rate: float32Feed(new Array<number>(count).fill(0), [count]),
      })
      .then((outputs) => floats(outputs, 'loss'));
}

test('every step of a classifier augments anew: in one call, in several, and by its key', async () => {
  const losses = await lossesWith([{ op: 'random-resized-crop' }]);
  const together = await losses(4, 3);
  expect(new Set(together).size).toBe(3);
  expect(together).toEqual([...(await losses(4, 1)), ...(await losses(5, 2))]);
  expect(await losses(4, 3, 2)).not.toEqual(together);
});

test('without augmentation steps on the same images have the same loss', async () => {
  const losses = await lossesWith([]);
  expect(new Set(await losses(0, 3)).size).toBe(1);
});
