import { float32Feed, int32Feed } from '../../../engine/protocol';
import { parseSpec } from '../../../experiment/resolve';
import { pretrainingProgram } from '../../../training/byol/program';
import { imagesOf } from '../../reference/network-fixture';
import { furthest } from '../closeness';
import { ProgramRunner } from '../program-runner';
import { useEngine } from '../run-graph';

const engine = useEngine();

const batch = 8;
const spec = parseSpec({
  name: 'target',
  dataset: { kind: 'mnist-idx' },
  model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
  pretraining: {
    epochs: 1,
    batch,
    optimizer: { name: 'adam' },
    learningRate: 1,
    projector: { hidden: 8, output: 8 },
    predictor: { hidden: 8 },
    views: { first: [{ op: 'random-resized-crop' }], second: [{ op: 'random-resized-crop' }] },
  },
  classifier: { epochs: 1, batch: 2, optimizer: { name: 'adam' }, learningRates: [1] },
});
const format = { height: 28, width: 28, channels: 1, mean: [0.1307], std: [0.3081] };

type State = Map<string, Float32Array>;
const isAveraged = (name: string) => name.startsWith('target.') && !/running_(mean|var)$/.test(name);
const onlineOf = (name: string) => name.replace('target.', 'online.');
const names = (state: State, test: (name: string) => boolean) => [...state.keys()].filter(test);
const equal = (a: State, b: State, test: (name: string) => boolean) =>
  names(a, test).every(
    (name) => Buffer.compare(Buffer.from(a.get(name)!.buffer), Buffer.from(b.get(name)!.buffer)) === 0,
  );

describe('the target network', () => {
  let runner: ProgramRunner;
  const begin = async (key: number) => {
    await runner.call('init', { key: int32Feed([key]) });
    return runner.state();
  };
  const train = async (step: number, count: number, tau: number) => {
    await runner.train(batch, step, count, 0.01, { tau: float32Feed(new Array<number>(count).fill(tau), [count]) });
    return runner.state();
  };
  beforeAll(async () => {
    const images = imagesOf(2000, batch, 1, 28);
    runner = await ProgramRunner.install(engine, pretrainingProgram(spec, format, batch), images, batch);
  });

  test('starts as a copy of the online network, drawn under the key', async () => {
    const start = await begin(1);
    const averaged = names(start, isAveraged);
    expect(averaged.length).toBeGreaterThan(20);
    for (const name of averaged) expect(start.get(name)).toEqual(start.get(onlineOf(name)));
    expect(equal(start, await begin(1), () => true)).toBe(true);
    expect((await begin(2)).get('online.backbone.conv1.weight')).not.toEqual(start.get('online.backbone.conv1.weight'));
  });

  test('has weights of its own: with tau 1 they stay, and the online ones move', async () => {
    const start = await begin(1);
    const later = await train(0, 3, 1);
    expect(equal(start, later, isAveraged)).toBe(true);
    for (const name of names(start, isAveraged))
      expect(later.get(onlineOf(name))).not.toEqual(start.get(onlineOf(name)));
  });

  test('moves by 1 - tau towards the online weights as they are after the step, backbone and projector alike', async () => {
    const start = await begin(1);
    const later = await train(0, 1, 0.75);
    for (const name of names(start, isAveraged)) {
      const online = later.get(onlineOf(name))!;
      const expected = start.get(name)!.map((value, at) => 0.75 * value + 0.25 * online[at]!);
      expect(furthest(later.get(name)!, expected).difference).toBeLessThan(1e-6);
    }
  });

  test('keeps running statistics of its own', async () => {
    await begin(1);
    const later = await train(0, 1, 0);
    for (const name of names(later, isAveraged)) expect(later.get(name)).toEqual(later.get(onlineOf(name)));
    // The target saw the images with the weights from before the step, as the online network did: the same statistics.
    const next = await train(1, 1, 1);
    const statistics = names(next, (name) => name.startsWith('target.') && name.endsWith('running_mean'));
    expect(statistics.length).toBeGreaterThan(5);
    const again = await train(2, 1, 1);
    expect(statistics.some((name) => furthest(again.get(name)!, again.get(onlineOf(name))!).difference > 1e-4)).toBe(
      true,
    );
  });

  test('steps in one call, in several, or after a restore give the same bits', async () => {
    await begin(3);
    const whole = await train(0, 4, 0.9);
    await begin(3);
    const half = await train(0, 2, 0.9);
    await begin(4);
    await runner.restore(half);
    expect(equal(whole, await train(2, 2, 0.9), () => true)).toBe(true);
    await begin(3);
    // Another number of the step names other crops.
    expect(equal(whole, await train(1, 4, 0.9), isAveraged)).toBe(false);
  });
});
