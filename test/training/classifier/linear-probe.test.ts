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
  case: Record<'batch' | 'classes' | 'width' | 'images' | 'size' | 'channels' | 'mean' | 'std', number>;
  settings: { sgd: { lr: number; momentum: number; weight_decay: number } };
  labels: number[];
  streams: Stream[];
  probe: { losses: number[]; head: Summary[]; evaluationLogits: number[][] };
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
const format = { height: size, width: size, channels, mean: [mean], std: [std] };
const programOf = (trains: 'network' | 'head') => classifierProgram(spec, format, classes, batch, trains);

describe('three steps of the linear probe', () => {
  const start = new Map(fixture.streams.map((each) => [each.name, toTensorFlow(startOf(each), each.shape)]));
  let runner: ProgramRunner;
  let losses: number[];
  let state: Map<string, Float32Array>;

  beforeAll(async () => {
    runner = await ProgramRunner.install(engine, programOf('head'), imagesOf(images, batch, channels, size), batch);
    await runner.restore(start);
    const labels = Array.from({ length: 3 }, () => fixture.labels).flat();
    losses = await runner.train(batch, 0, 3, sgd.lr, { labels: int32Feed(labels, [3, batch]) });
    state = await runner.state();
  });

  test('have the losses of PyTorch with the encoder in evaluation mode', () =>
    expectClose(losses, fixture.probe.losses, 1e-5));

  test('leave the head that PyTorch ends with', () => {
    const streams = new Map(fixture.streams.map((each) => [each.name, each]));
    for (const summary of fixture.probe.head) {
      const { shape } = streams.get(summary.name) as Stream;
      expect(distance(toTorch(state.get(summary.name) as Float32Array, shape), summary)).toBeLessThan(2e-5);
    }
    expect(fixture.probe.head.map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
  });

  test('leave every bit of the encoder, its running statistics too', () => {
    const encoder = [...start.keys()].filter((name) => name.startsWith('backbone.'));
    expect(encoder.filter((name) => name.endsWith('running_var')).length).toBeGreaterThan(3);
    for (const name of encoder) expect(state.get(name)).toEqual(start.get(name));
    expect(state.get('fc.weight')).not.toEqual(start.get('fc.weight'));
  });

  test('predict what PyTorch predicts', async () => {
    const indices = int32Feed(
      Array.from({ length: batch }, (_, at) => at),
      [batch],
    );
    expectClose(
      floats(await runner.call('predict', { indices }), 'logits'),
      fixture.probe.evaluationLogits.flat(),
      1e-4,
    );
  });
});

test('only the head has gradients and an optimizer, and the encoder comes from the same file', () => {
  const [whole, probe] = [programOf('network'), programOf('head')];
  const slots = (program: typeof probe) =>
    program.state.tensors.flatMap(({ name }) => (name.startsWith('sgd.velocity') ? [name] : []));
  expect(slots(probe)).toEqual(['sgd.velocity.fc.weight', 'sgd.velocity.fc.bias']);
  expect(slots(whole).length).toBeGreaterThan(20);
  const gradientsOfFilters = (program: typeof probe) =>
    Buffer.from(program.savedModel).toString('latin1').includes('Conv2DBackpropFilter');
  expect([whole, probe].map(gradientsOfFilters)).toEqual([true, false]);
  expect(probe.encoder).toEqual(whole.encoder);
});
