import { Networks } from '../../../training/byol/networks';
import { ByolStep } from '../../../training/byol/step';
import { Graph, reached, type Node, type Tensor } from '../../../training/graph/graph';
import { updateRule } from '../../../training/optimizers/optimizer';
import { updateAll } from '../../../training/optimizers/step';
import { digits, smallByol } from '../small-byol';

const names = ['conv1.weight', 'bn1.weight', 'bn1.bias', 'layer1.weight', 'layer2.weight'];
const weights = names.map((name) => ({ name, dtype: 'float32', shape: [2], role: 'weight' }) as const);

/** Which gradients each weight's update waits for, by position. */
function waitsFor(clip?: number): number[][] {
  const graph = new Graph();
  const scalar = (name: string) => graph.placeholder(name, 'float32', []);
  const inputs = { learningRate: scalar('rate'), step: scalar('step') };
  const gradients = names.map((name): Tensor => graph.placeholder(`by_${name}`, 'float32', [2]));
  const rule = updateRule({
    name: 'sgd',
    momentum: 0.9,
    weightDecay: 0,
    exclude: [],
    ...(clip ? { clip } : {}),
  } as never);
  return updateAll(rule, weights, gradients, inputs, []).map((update) => {
    const before = reached([update]);
    return gradients.flatMap(({ node }, position) => (before.has(node) ? [position] : []));
  });
}

test("a weight is updated when all gradients are there, but the stem's, which come last, for the stem's weights alone", () => {
  const all = [0, 1, 2, 3, 4];
  expect(waitsFor()).toEqual([all, all, all, [3, 4], [3, 4]]);
});

test('where gradients are clipped together, every update waits for all', () => {
  for (const waits of waitsFor(1)) expect(waits).toEqual([0, 1, 2, 3, 4]);
});

test.each([true, false])(
  'a target weight follows when its own online weight is updated, after both views gave the loss, as one batch: %s',
  (together) => {
    const graph = new Graph();
    const spec = smallByol({ width: 4 }, { hidden: 8, output: 4, batch: 4, optimizer: { name: 'sgd' } });
    const networks = new Networks(spec);
    const step = new ByolStep(spec, digits, networks, together);
    const scalar = (name: string) => graph.placeholder(name, 'float32', []);
    const [indices, key, at] = [
      graph.placeholder('indices', 'int32', [4]),
      graph.placeholder('key', 'int32', [2]),
      graph.placeholder('at', 'int32', []),
    ];
    const made = step.gradients(graph, indices, key, at);
    for (const { node } of made.gradients) expect(reached([node]).has(made.loss.node)).toBe(true);
    const updates = networks.trained.map(({ name }) => graph.placeholder(`update ${name}`, 'float32', []).node);
    const targets = networks.updateTarget(graph, scalar('tau'), updates);
    networks.averaged.forEach(([, online], position) => {
      const before = reached([targets[position] as Node]);
      const waited = updates.flatMap((update, each) => (before.has(update) ? [networks.trained[each]?.name] : []));
      expect(waited).toEqual([online.name]);
    });
  },
);
