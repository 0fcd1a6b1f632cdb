import { int32Feed } from '../../../engine/protocol';
import { pretrainingProgram } from '../../../training/byol/program';
import { imagesOf } from '../../reference/network-fixture';
import { ProgramRunner } from '../program-runner';
import { useEngine } from '../run-graph';
import { digits, smallByol } from '../small-byol';

const engine = useEngine();
const batch = 8;
const optimizer = { name: 'sgd' };

interface Drawn {
  name: string;
  /** Inputs and outputs of a matrix, or height, width, inputs and outputs of a filter. */
  shape: number[];
  values: Float32Array;
}

async function drawnUnder(key: number): Promise<Drawn[]> {
  const program = pretrainingProgram(
    smallByol({ width: 16 }, { hidden: 64, output: 32, batch, optimizer }),
    digits,
    batch,
  );
  const runner = await ProgramRunner.install(engine, program, imagesOf(1, batch, 1, 28), batch);
  await runner.call('init', { key: int32Feed([key]) });
  const state = await runner.state();
  const shapes = new Map(program.state.tensors.map(({ name, shape }) => [name, [...shape]]));
  return [...state]
    .filter(([name]) => /^(online|predictor)\b.*weight$/.test(name))
    .map(([name, values]) => ({ name, values, shape: shapes.get(name) as number[] }))
    .filter(({ shape }) => shape.length > 1);
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

/** torchvision: kaiming_normal_(mode="fan_out", nonlinearity="relu"); torch.nn.Linear: uniform within 1 / sqrt(in). */
const expected = ({ shape }: Drawn) =>
  shape.length === 4 ? Math.sqrt(2 / (shape[0]! * shape[1]! * shape[3]!)) : 1 / Math.sqrt(shape[0]!) / Math.sqrt(3);

test("first weights have the distribution of torchvision's and torch's, and are drawn each by itself", async () => {
  const drawn = await drawnUnder(1);
  expect(drawn.filter(({ shape }) => shape.length === 4).length).toBeGreaterThan(10);
  expect(drawn.filter(({ shape }) => shape.length === 2)).toHaveLength(4);
  for (const each of drawn) {
    const { name, shape, values } = each;
    const [of, error] = [expected(each), 5 / Math.sqrt(values.length)];
    expect([name, Math.abs(deviation(values) / of - 1) < error]).toEqual([name, true]);
    expect([name, Math.abs(mean(values)) < error * of]).toEqual([name, true]);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const bound = shape.length === 2 ? Math.sqrt(3) * of : 6 * of;
    expect([name, largest <= bound * (1 + 1e-6)]).toEqual([name, true]);
  }
  expect(new Set(drawn.map(({ values }) => String(values.slice(0, 4)))).size).toBe(drawn.length);
});

test('a uniform weight is not normal: its fourth moment is 1.8 of its squared variance, a normal one’s 3', async () => {
  for (const { name, shape, values } of await drawnUnder(2)) {
    if (values.length < 2000) continue;
    const fourth = values.reduce((sum, value) => sum + value ** 4, 0) / values.length / deviation(values) ** 4;
    expect([name, Math.abs(fourth - (shape.length === 2 ? 1.8 : 3)) < 0.5]).toEqual([name, true]);
  }
});
