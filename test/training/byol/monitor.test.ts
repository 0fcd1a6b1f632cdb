import { float32Feed, int32Feed, type Output } from '../../../engine/protocol';
import { presets } from '../../../experiment/presets';
import { parseSpec } from '../../../experiment/resolve';
import { alignment, effectiveRank, uniformity } from '../../../training/byol/geometry';
import { knnAccuracy } from '../../../training/byol/knn';
import { normalizeRows } from '../../../training/byol/loss';
import { pretrainingProgram } from '../../../training/byol/program';
import { spread } from '../../../training/byol/spread';
import { largest } from '../../../training/graph/ops/linear-algebra';
import { matmul } from '../../../training/graph/ops/matmul';
import { signed, uniform } from '../../reference/formula';
import { readFixture } from '../../reference/read-fixture';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

interface Case {
  n: number;
  d: number;
  directions: number;
  scale: number;
  stream: number;
  spread: number;
  effectiveRank: number;
  alignment: number;
  uniformity: number;
}
interface KnnCase {
  stream: number;
  n: number;
  m: number;
  d: number;
  k: number;
  classes: number;
  accuracy: number;
}
const fixture = readFixture('monitor.json') as { cases: Case[]; knn: KnnCase[] };

/** `embedding` of monitor.py. */
function embeddingOf({ n, d, directions, scale, stream }: Case): number[] {
  const [rows, columns] = [signed(stream, n * directions), signed(stream + 1, directions * d)];
  return Array.from({ length: n * d }, (_, at) => {
    const [row, column] = [Math.floor(at / d), at % d];
    let value = 1;
    for (let k = 0; k < directions; k++)
      value += (((rows[row * directions + k] as number) * scale) / (1 + k)) * (columns[k * d + column] as number);
    return value;
  });
}

const measure = (values: readonly number[], other: readonly number[], shape: number[]) =>
  engine.run({ x: float32Feed(values, shape), y: float32Feed(other, shape) }, ({ x, y }) => ({
    spread: spread(x!),
    effectiveRank: effectiveRank(x!),
    alignment: alignment(x!, y!),
    uniformity: uniformity(x!),
  }));
const only = (outputs: Record<string, Output>, name: string) => floats(outputs, name)[0] as number;

test.each(fixture.cases)('of $n points in $d dimensions, $directions directions, as NumPy', async (example) => {
  const x = embeddingOf(example);
  const noise = signed(example.stream + 2, x.length);
  const other = x.map((value, at) => value + 0.3 * example.scale * (noise[at] as number));
  const made = await measure(x, other, [example.n, example.d]);
  for (const name of ['spread', 'effectiveRank', 'alignment', 'uniformity'] as const) {
    const far = Math.abs(only(made, name) - example[name]) / (1e-2 + Math.abs(example[name]));
    expect([name, far < 1e-3 ? 'as NumPy' : only(made, name)]).toEqual([name, 'as NumPy']);
  }
});

test('one point has rank 1 and uniformity 0, orthogonal points d - 1 and -4', async () => {
  const point = Array.from({ length: 40 }, (_, at) => [1, -2, 3, 0.5][at % 4] as number);
  const one = await measure(point, point, [10, 4]);
  expect(only(one, 'effectiveRank')).toBeCloseTo(1, 3);
  expect([only(one, 'alignment'), only(one, 'uniformity')]).toEqual([0, expect.closeTo(0, 4)]);
  const eye = Array.from({ length: 64 }, (_, at) => (at % 9 === 0 ? 1 : 0));
  const orthogonal = await measure(eye, eye, [8, 8]);
  expect(only(orthogonal, 'effectiveRank')).toBeCloseTo(7, 3);
  expect(only(orthogonal, 'uniformity')).toBeCloseTo(-4, 4);
});

test('an embedding that is not finite gives NaN and does not end the engine', async () => {
  const made = await measure([1, 2, Infinity, 4, NaN, 6], [1, 2, 3, 4, 5, 6], [3, 2]);
  expect(only(made, 'effectiveRank')).toBeNaN();
  expect(only(made, 'spread')).toBeNaN();
});

test.each(fixture.knn)(
  'the votes of $k neighbours among $n, as NumPy',
  async ({ stream, n, m, d, k, classes, accuracy }) => {
    const centres = signed(stream, classes * d);
    const labelsOf = (of: number, count: number) => Array.from(uniform(of, count), (u) => Math.floor(u * classes));
    const [labels, truth] = [labelsOf(stream + 1, n), labelsOf(stream + 2, m)];
    const around = (classOf: number[], noise: Float64Array) =>
      Array.from(
        noise,
        (value, at) => (centres[(classOf[Math.floor(at / d)] as number) * d + (at % d)] as number) + 2 * value,
      );
    const feeds = {
      bank: float32Feed(around(labels, signed(stream + 3, n * d)), [n, d]),
      queries: float32Feed(around(truth, signed(stream + 4, m * d)), [m, d]),
      k: int32Feed([k]),
    };
    const made = await engine.run(feeds, ({ bank, queries, k: count }) => {
      const { values, columns } = largest(matmul(normalizeRows(queries!), normalizeRows(bank!), false, true), count!);
      return { values, columns };
    });
    const found = knnAccuracy(floats(made, 'values'), floats(made, 'columns'), labels, truth, classes);
    expect(found).toBeCloseTo(accuracy, 9);
  },
);

test.each([
  [96, 64],
  [512, 8],
])('to look at images of %i pixels takes less than a step of %i: part by part', (size, batch) => {
  const { dataset, pretraining, ...smoke } = presets['stl10-smoke']!.spec;
  const spec = parseSpec({ ...smoke, dataset, pretraining: { ...pretraining, batch, accumulate: 1 } });
  const flat = [0.5, 0.5, 0.5];
  const { callBytes } = pretrainingProgram(
    spec,
    { height: size, width: size, channels: 3, mean: flat, std: flat },
    512,
  );
  expect(callBytes['monitor']! / callBytes['train']!).toBeLessThan(0.4);
});
