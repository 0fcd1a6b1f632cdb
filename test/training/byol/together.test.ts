import { pretrainingProgram } from '../../../training/byol/program';
import { presets } from '../../../experiment/presets';
import { parseSpec } from '../../../experiment/resolve';
import { float32Feed, int32Feed } from '../../../engine/protocol';
import { Graph } from '../../../training/graph/graph';
import { imagesOf } from '../../reference/network-fixture';
import { expectClose } from '../closeness';
import { ProgramRunner } from '../program-runner';
import { useEngine } from '../run-graph';
import { digits, smallByol } from '../small-byol';

const engine = useEngine();
const batch = 8;

/** Losses of the first steps, with views of the images. */
async function losses(second: readonly unknown[], together: boolean): Promise<number[]> {
  const views = { first: [{ op: 'random-resized-crop' }, { op: 'horizontal-flip' }], second };
  const spec = smallByol({ width: 8 }, { hidden: 16, output: 8, batch, optimizer: { name: 'sgd' }, views });
  const program = pretrainingProgram(spec, digits, batch, 'cpu', together);
  const runner = await ProgramRunner.install(engine, program, imagesOf(3000, batch, 1, 28), batch);
  await runner.call('init', { key: int32Feed([1]) });
  return runner.train(batch, 0, 4, 0.05, { tau: float32Feed([0.9, 0.9, 0.9, 0.9], [4]) });
}

test.each([
  ['one list', [{ op: 'random-resized-crop' }, { op: 'horizontal-flip' }]],
  ['two lists', [{ op: 'random-resized-crop' }, { op: 'solarize', p: 0.5 }]],
])('both views as one batch train as each by itself: %s', async (_, second) => {
  const apart = await losses(second, false);
  expectClose(await losses(second, true), apart, 1e-4);
  expect(new Set(apart).size).toBe(4);
});

test('they are one batch where operations are short, and not otherwise', () => {
  const quickstart = parseSpec(presets['mnist-quickstart']!.spec);
  const hash = (together?: boolean) => pretrainingProgram(quickstart, digits, batch, 'cpu', together).hash;
  expect(hash()).toBe(hash(true));
  expect(hash()).not.toBe(hash(false));
  const large = parseSpec({ ...presets['stl10-blog']!.spec, dataset: { kind: 'stl10', source: 'nowhere' } });
  const format = { height: 96, width: 96, channels: 3, mean: [0, 0, 0], std: [1, 1, 1] };
  const hashOfLarge = (together?: boolean) => pretrainingProgram(large, format, batch, 'cpu', together).hash;
  expect(hashOfLarge()).toBe(hashOfLarge(false));
});

test.each([1, 2])('rounds overlap where a step has %i micro-batches', (accumulate) => {
  const added = jest.spyOn(Graph.prototype, 'add');
  const pretraining = { hidden: 16, output: 8, batch, accumulate, optimizer: { name: 'sgd' } };
  pretrainingProgram(smallByol({ width: 8 }, pretraining), digits, batch);
  const loops = added.mock.calls.filter(([op]) => op === 'While').map(([, , node]) => node?.attributes);
  added.mockRestore();
  const body = { function: accumulate === 1 ? 'train_body' : 'accumulate_body' };
  expect(loops).toContainEqual(expect.objectContaining({ body, parallel_iterations: { int: 2 } }));
});
