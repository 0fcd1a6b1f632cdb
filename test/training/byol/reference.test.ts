import { float32Feed, int32Feed } from '../../../engine/protocol';
import { parseSpec } from '../../../experiment/resolve';
import { pretrainingProgram } from '../../../training/byol/program';
import { readFixture } from '../../reference/read-fixture';
import {
  distance,
  imagesOf,
  startOf,
  toTensorFlow,
  toTorch,
  type Stream,
  type Summary,
} from '../../reference/network-fixture';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

interface Fixture {
  case: {
    batch: number;
    channels: number;
    size: number;
    images: number;
    hidden: number;
    output: number;
    mean: number;
    std: number;
  };
  settings: {
    adam: { lr: number; weight_decay: number };
    sgd: { lr: number; momentum: number; weight_decay: number };
    tau: number;
  };
  streams: { online: Stream[]; target: Stream[] };
  loss: number;
  gradients: Summary[];
  onlineBuffers: Summary[];
  targetBuffers: Summary[];
  adam: Summary[];
  target: Summary[];
  adamLosses: number[];
  sgd: Summary[];
  sgdLosses: number[];
  accumulated: { losses: number[]; online: Summary[]; target: Summary[]; onlineBuffers: Summary[]; nextLoss: number };
}

const networks = {
  'resnet18-7x7': { backbone: 'resnet18', stem: '7x7', width: 64 },
  'resnet18-3x3': { backbone: 'resnet18', stem: '3x3', width: 16 },
  'resnet-mini': { backbone: 'resnet-mini', stem: '5x5', width: 8 },
} as const;
type Name = keyof typeof networks;

/** The program's names: the predictor stands alone, backbone and projector belong to a network. */
const onlineName = (name: string): string => (name.startsWith('predictor.') ? name : `online.${name}`);
const targetName = (name: string): string => `target.${name}`;

class Trial {
  /** The state since the last step. */
  private read: Map<string, Float32Array> | undefined;

  private constructor(
    readonly fixture: Fixture,
    readonly runner: ProgramRunner,
  ) {}

  /** The real program; its first view is the image, its second the image flipped; its weights are the fixture's. */
  static async start(name: Name, optimizer: 'adam' | 'sgd', together: boolean, accumulate = 1): Promise<Trial> {
    const fixture = readFixture(`byol-${name}.json`) as Fixture;
    const { batch, channels, size, images, hidden, output, mean, std } = fixture.case;
    const { adam, sgd } = fixture.settings;
    const spec = parseSpec({
      name: 'reference',
      dataset: { kind: 'stl10', source: 'nowhere' },
      model: networks[name],
      pretraining: {
        epochs: 1,
        batch,
        accumulate,
        optimizer:
          optimizer === 'adam'
            ? { name: 'adam', weightDecay: adam.weight_decay }
            : { name: 'sgd', momentum: sgd.momentum, weightDecay: sgd.weight_decay },
        learningRate: 1,
        projector: { hidden, output },
        predictor: { hidden },
        views: { first: [], second: [{ op: 'horizontal-flip', p: 1 }] },
      },
      classifier: { epochs: 1, batch: 2, optimizer: { name: 'adam' }, learningRates: [1] },
    });
    const channelwise = (value: number) => new Array<number>(channels).fill(value);
    const format = { height: size, width: size, channels, mean: channelwise(mean), std: channelwise(std) };
    const pixels = [0, 10].slice(0, accumulate).map((at) => imagesOf(images + at, batch, channels, size));
    const program = pretrainingProgram(spec, format, batch, 'cpu', together);
    const runner = await ProgramRunner.install(engine, program, Buffer.concat(pixels), batch * accumulate);
    const { online, target } = fixture.streams;
    const values = [
      ...online.map((each) => [onlineName(each.name), toTensorFlow(startOf(each), each.shape)] as const),
      ...target.map((each) => [targetName(each.name), toTensorFlow(startOf(each), each.shape)] as const),
    ];
    await runner.restore(new Map(values));
    return new Trial(fixture, runner);
  }

  train(step: number, count: number, learningRate: number): Promise<number[]> {
    this.read = undefined;
    const { case: example, settings } = this.fixture;
    const tau = float32Feed(new Array<number>(count).fill(settings.tau), [count]);
    return this.runner.train(example.batch, step, count, learningRate, { tau });
  }

  /** Expects tensors of the state to be those of the fixture. */
  async expectState(
    summaries: Summary[],
    nameOf: (name: string) => string,
    tolerance: number | ((name: string) => number),
    map = (v: Float64Array, _: Stream) => v,
  ) {
    const state = (this.read ??= await this.runner.state());
    const { online, target } = this.fixture.streams;
    const streams = new Map((nameOf === targetName ? target : online).map((each) => [each.name, each]));
    expect(summaries.length).toBeGreaterThan(10);
    const problems: string[] = [];
    for (const summary of summaries) {
      const stream = streams.get(summary.name) as Stream;
      const value = state.get(nameOf(summary.name));
      if (!value) throw new Error(`no ${nameOf(summary.name)} in the state`);
      const far = distance(map(toTorch(value, stream.shape), stream), summary);
      if (!(far <= (typeof tolerance === 'number' ? tolerance : tolerance(summary.name))))
        problems.push(`${nameOf(summary.name)} is off by ${far.toExponential(1)}`);
    }
    expect(problems).toEqual([]);
  }

  /** A gradient as Adam's first moment keeps it after one step: (1 - beta1) (g + decay * weight). */
  async expectGradients(tolerance: number) {
    const decay = this.fixture.settings.adam.weight_decay;
    const gradient = (moment: Float64Array, stream: Stream) => {
      const start = startOf(stream);
      return moment.map((value, at) => value / (1 - 0.9) - decay * (start[at] as number));
    };
    await this.expectState(this.fixture.gradients, (name) => `adam.first.${onlineName(name)}`, tolerance, gradient);
  }
}

const expectLosses = (actual: number[], expected: number[], tolerance: number) => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((loss, at) => expect(Math.abs(loss / (expected[at] as number) - 1)).toBeLessThan(tolerance));
};

// What float32 can promise stands in test/reference/README.md: the tolerances are a few times PyTorch's own distance
// from float64, and Adam's first step, whose size does not depend on the gradient's, is the least certain.
const references = [
  { name: 'resnet18-7x7', tolerance: 1e-4, adam: 2e-3 },
  { name: 'resnet18-3x3', tolerance: 1e-4, adam: 2e-3 },
  { name: 'resnet-mini', tolerance: 2e-5, adam: 5e-4 },
] as const;
const inBothWays = references.flatMap((each) => [true, false].map((together) => ({ ...each, together })));

describe.each(inBothWays)('one BYOL step of $name, both views one batch: $together', (reference) => {
  const { name, tolerance, adam, together } = reference;
  let trial: Trial;
  let losses: number[];
  beforeAll(async () => {
    trial = await Trial.start(name, 'adam', together);
    losses = await trial.train(0, 1, trial.fixture.settings.adam.lr);
  });

  test('the loss', () => expectLosses(losses, [trial.fixture.loss], 1e-5));
  test('every gradient', () => trial.expectGradients(tolerance));
  test("the online network's running statistics", () =>
    trial.expectState(trial.fixture.onlineBuffers, onlineName, 1e-5));
  test("the target network's running statistics", () =>
    trial.expectState(trial.fixture.targetBuffers, targetName, 1e-5));
  test('the weights after Adam', () => {
    const { fixture } = trial;
    // Of a bias in front of a normalization the gradient is rounding, another on every processor, and decides steps of Adam.
    const none = new Set(fixture.gradients.filter(({ norm }) => norm < 1e-12).map(({ name }) => name));
    expect(none.size).toBeLessThan(5);
    return trial.expectState(fixture.adam, onlineName, (name) => (none.has(name) ? 5 * adam : adam));
  });
  test('the target after its moving average', () => trial.expectState(trial.fixture.target, targetName, adam / 50));
  test('the loss of the next steps', async () => {
    const expected = trial.fixture.adamLosses.slice(1);
    expectLosses(await trial.train(1, expected.length, trial.fixture.settings.adam.lr), expected, 1e-4);
  });
});

describe.each([true, false])('the small network, both views one batch: %s', (together) => {
  test('two steps of SGD with momentum', async () => {
    const trial = await Trial.start('resnet-mini', 'sgd', together);
    expectLosses(await trial.train(0, 2, trial.fixture.settings.sgd.lr), trial.fixture.sgdLosses.slice(0, 2), 1e-5);
    await trial.expectState(trial.fixture.sgd, onlineName, 1e-5);
    expectLosses(await trial.train(2, 1, trial.fixture.settings.sgd.lr), trial.fixture.sgdLosses.slice(2), 1e-5);
  });

  test('two micro-batches make one step: mean gradient, one EMA, statistics of both', async () => {
    const trial = await Trial.start('resnet-mini', 'sgd', together, 2);
    const { case: example, settings, accumulated } = trial.fixture;
    const feed = (micro: number[]) => ({
      indices: int32Feed(
        micro.flatMap((at) => Array.from({ length: example.batch }, (_, i) => at * example.batch + i)),
        [micro.length, example.batch],
      ),
      key: int32Feed([1, 2], [2]),
      step: int32Feed([0]),
    });
    const losses = floats(await trial.runner.call('accumulate', feed([0, 1])), 'loss');
    expectLosses(losses, accumulated.losses, 1e-5);
    await trial.runner.call('apply', {
      optimizer_step: int32Feed([0]),
      learning_rate: float32Feed([settings.sgd.lr]),
      tau: float32Feed([settings.tau]),
    });
    await trial.expectState(accumulated.online, onlineName, 1e-5);
    await trial.expectState(accumulated.target, targetName, 1e-5);
    await trial.expectState(accumulated.onlineBuffers, onlineName, 1e-5);
    expectLosses(floats(await trial.runner.call('accumulate', feed([0])), 'loss'), [accumulated.nextLoss], 1e-5);
  });
});
