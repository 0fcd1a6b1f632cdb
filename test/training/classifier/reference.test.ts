import { int32Feed } from '../../../engine/protocol';
import { parseSpec } from '../../../experiment/resolve';
import { classifierProgram } from '../../../training/classifier/program';
import {
  distance,
  imagesOf,
  startOf,
  toTensorFlow,
  toTorch,
  type Stream,
  type Summary,
} from '../../reference/network-fixture';
import { readFixture } from '../../reference/read-fixture';
import { expectClose } from '../closeness';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

const fixture = readFixture('classifier.json') as {
  case: {
    batch: number;
    classes: number;
    width: number;
    images: number;
    size: number;
    channels: number;
    mean: number;
    std: number;
  };
  settings: { sgd: { lr: number; momentum: number; weight_decay: number } };
  labels: number[];
  streams: Stream[];
  evaluationLogitsBefore: number[][];
  loss: number;
  logits: number[][];
  gradients: Summary[];
  sgd: Summary[];
  buffers: Summary[];
  evaluationLogits: number[][];
};
const { batch, classes, width, images, size, channels, mean, std } = fixture.case;
const { sgd } = fixture.settings;

const spec = parseSpec({
  name: 'reference',
  dataset: { kind: 'mnist-idx' },
  model: { backbone: 'resnet-mini', stem: '5x5', width },
  pretraining: { epochs: 1, batch: 2, optimizer: { name: 'adam' }, learningRate: 1 },
  classifier: {
    epochs: 1,
    batch,
    optimizer: { name: 'sgd', momentum: sgd.momentum, weightDecay: sgd.weight_decay },
    learningRates: [sgd.lr],
  },
});

describe('one supervised step of the small network', () => {
  let runner: ProgramRunner;
  let loss: number[];
  let before: number[];
  let after: number[];
  let state: Map<string, Float32Array>;
  const logits = async () =>
    floats(
      await runner.call('predict', {
        indices: int32Feed(
          Array.from({ length: batch }, (_, at) => at),
          [batch],
        ),
      }),
      'logits',
    );

  beforeAll(async () => {
    const format = { height: size, width: size, channels, mean: [mean], std: [std] };
    const program = classifierProgram(spec, format, classes, batch, 'network');
    runner = await ProgramRunner.install(engine, program, imagesOf(images, batch, channels, size), batch);
    await runner.restore(new Map(fixture.streams.map((each) => [each.name, toTensorFlow(startOf(each), each.shape)])));
    before = await logits();
    loss = await runner.train(batch, 0, 1, sgd.lr, { labels: int32Feed(fixture.labels, [1, batch]) });
    after = await logits();
    state = await runner.state();
  });

  const expectState = (summaries: Summary[], tolerance: number, slot = '', decay = 0) => {
    const streams = new Map(fixture.streams.map((each) => [each.name, each]));
    const problems = summaries.flatMap((summary) => {
      const stream = streams.get(summary.name) as Stream;
      const start = startOf(stream);
      const value = toTorch(state.get(`${slot}${summary.name}`) as Float32Array, stream.shape);
      const far = distance(
        value.map((each, at) => each - decay * (start[at] as number)),
        summary,
      );
      return far <= tolerance ? [] : [`${summary.name} is off by ${far.toExponential(1)}`];
    });
    expect(summaries.length).toBeGreaterThan(20);
    expect(problems).toEqual([]);
  };

  test('the logits of evaluation before it', () => expectClose(before, fixture.evaluationLogitsBefore.flat(), 1e-4));
  test('the loss', () => expectClose(loss, [fixture.loss], 1e-5));
  // Momentum's first velocity is the gradient with weight decay.
  test('every gradient', () => expectState(fixture.gradients, 2e-5, 'sgd.velocity.', sgd.weight_decay));
  test('the weights after SGD', () => expectState(fixture.sgd, 1e-5));
  test('the running statistics', () => expectState(fixture.buffers, 1e-5));
  test('the logits of evaluation after it', () => expectClose(after, fixture.evaluationLogits.flat(), 1e-4));
});
