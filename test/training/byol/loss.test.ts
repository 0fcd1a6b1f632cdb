import { float32Feed } from '../../../engine/protocol';
import { byolLoss } from '../../../training/byol/loss';
import { spread } from '../../../training/byol/spread';
import { gradients } from '../../../training/graph/autodiff';
import { Graph } from '../../../training/graph/graph';
import { constant } from '../../../training/graph/ops/constant';
import { signed } from '../../reference/formula';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

const lossOf = async (prediction: number[][], projection: number[][]): Promise<number> => {
  const shape = [prediction.length, prediction[0]?.length as number];
  const feeds = { p: float32Feed(prediction.flat(), shape), z: float32Feed(projection.flat(), shape) };
  return floats(await engine.run(feeds, ({ p, z }) => ({ loss: byolLoss(p!, z!) })), 'loss')[0] as number;
};

describe('the loss of one direction', () => {
  const a = [
    [1, 2, 2],
    [0, 3, 4],
  ];

  test.each([
    ['equal vectors', a, 0],
    ['equal directions of other lengths', a.map((row, at) => row.map((value) => value * (at + 0.1))), 0],
    [
      'orthogonal vectors',
      [
        [2, -2, 1],
        [1, 0, 0],
      ],
      2,
    ],
    ['opposite vectors', a.map((row) => row.map((value) => -value)), 4],
    [
      'the mean over the batch of equal and opposite',
      [
        [1, 2, 2],
        [0, -3, -4],
      ],
      2,
    ],
  ] as const)('%s', async (_, other, expected) => {
    expect(
      await lossOf(
        a,
        other.map((row) => [...row]),
      ),
    ).toBeCloseTo(expected, 5);
  });

  test('sends no gradient to the target', () => {
    const graph = new Graph();
    const [p, z] = ['p', 'z'].map((name) => graph.placeholder(name, 'float32', [2, 3]));
    const one = constant(graph, 'float32', [1]);
    expect(() => gradients(byolLoss(p!, z!), [z!], one)).toThrow('the loss does not depend on z');
    expect(gradients(byolLoss(p!, z!), [p!], one)).toHaveLength(1);
  });
});

describe('the spread of projections', () => {
  const spreadOf = async (values: ArrayLike<number>, shape: number[]) =>
    floats(
      await engine.run({ x: float32Feed(values, shape) }, ({ x }) => ({ spread: spread(x!) })),
      'spread',
    )[0] as number;

  test('is 0 where all are one point, whatever their lengths', async () => {
    const rows = Array.from({ length: 20 }, (_, at) => [1, -2, 3, 0.5].map((value) => value * (at + 1)));
    expect(await spreadOf(rows.flat(), [20, 4])).toBeLessThan(1e-3);
  });

  test('is 1 where they point everywhere', async () => {
    expect(await spreadOf(signed(1, 2000 * 16), [2000, 16])).toBeCloseTo(1, 1);
  });

  test('of ten orthogonal vectors is sqrt(10) times the deviation of a coordinate that is 1 in one of ten', async () => {
    const eye = Array.from({ length: 100 }, (_, at) => (at % 11 === 0 ? 1 : 0));
    expect(await spreadOf(eye, [10, 10])).toBeCloseTo(Math.sqrt(10 * 0.1 * 0.9), 5);
  });
});
