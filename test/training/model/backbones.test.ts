import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Feed, stringFeed } from '../../../engine/protocol';
import { gradients } from '../../../training/graph/autodiff';
import type { Tensor } from '../../../training/graph/graph';
import { normalizeBytes, readBytes } from '../../../training/images';
import { Parameters, updateRunningStatistics, type Pass } from '../../../training/model/parameters';
import { encode, resnet, type Backbone } from '../../../training/model/resnet';
import { done, ProgramWriter } from '../../../training/program';
import { stateLayout } from '../../../training/state';
import { toTorchShape } from '../../../training/torch-layout';
import { signed } from '../../reference/formula';
import { distance, imagesOf, startOf, toTensorFlow, toTorch, type Summary } from '../../reference/network-fixture';
import { readFixture } from '../../reference/read-fixture';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

/** torchvision's networks on weights and images by formula (backbones.py). */
const fixture = readFixture('backbones.json') as {
  case: Record<'batch' | 'channels' | 'size' | 'images' | 'weights' | 'mean' | 'std', number>;
  networks: {
    name: Backbone['backbone'];
    features: number;
    tensors: number;
    keys: string;
    evaluation: Summary;
    training: Summary;
    buffers: Summary[];
  }[];
  small: Record<'width' | 'batch' | 'channels' | 'size' | 'images' | 'weights' | 'seeds' | 'mean' | 'std', number>;
  gradients: Summary[];
};
const { batch, channels, size, images, weights, mean, std } = fixture.case;
const each = (value: number) => new Array<number>(channels).fill(value);
const format = { height: size, width: size, channels, mean: each(mean), std: each(std) };
const pixels = imagesOf(images, batch, channels, size);

/** The features of a file's images, in both modes; `train` also moves the running statistics. */
function programOf(backbone: Backbone['backbone']) {
  const writer = new ProgramWriter();
  const { graph } = writer;
  const parameters = new Parameters('');
  const model = resnet({ backbone, stem: '7x7', width: 64 });
  const pass = (training: boolean): Pass => ({
    graph,
    parameters,
    training,
    compute: 'float32',
    statistics: new Map(),
  });
  const input = (path: Tensor) => normalizeBytes(format, readBytes(format, path));
  writer.signature('evaluate', (of) => ({
    features: encode(pass(false), model, input(of('path', 'string', []))).avgpool,
  }));
  writer.signature('train', (of) => {
    const training = pass(true);
    const { avgpool } = encode(training, model, input(of('path', 'string', [])));
    return { features: avgpool, ...done(avgpool, updateRunningStatistics(training, [avgpool.node])) };
  });
  return {
    program: writer.finish(format, parameters.all, stateLayout(parameters.all), traits),
    parameters: parameters.all,
  };
}

const traits = { sideBySide: 1, precision: 'fp32' } as const;
const folder = mkdtempSync(join(tmpdir(), 'byol-backbones-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(fixture.networks)('$name', ({ name, features, tensors, keys, ...expected }) => {
  const { program, parameters } = programOf(name);
  const shapes = parameters.map((each) => ({ name: each.name, shape: toTorchShape(each.shape) }));
  let runner: ProgramRunner;
  let path: ReturnType<typeof stringFeed>;
  beforeAll(async () => {
    path = stringFeed(join(folder, name));
    await writeFile(join(folder, name), pixels);
    runner = await ProgramRunner.install(engine, program, pixels, batch);
    const streams = shapes.map((each, at) => ({ ...each, stream: weights + at }));
    await runner.restore(new Map(streams.map((each) => [each.name, toTensorFlow(startOf(each), each.shape)])));
  }, 120_000);

  test("has torchvision's names and shapes, in its order", () => {
    const text = JSON.stringify(shapes.map((each) => [each.name, each.shape]));
    expect([shapes.length, createHash('sha256').update(text).digest('hex')]).toEqual([tensors, keys]);
  });

  test("gives torchvision's features in evaluation mode", async () => {
    const made = floats(await runner.call('evaluate', { path }), 'features');
    expect(made).toHaveLength(batch * features);
    expect(distance(Float64Array.from(made), expected.evaluation)).toBeLessThan(2e-5);
  });

  test("gives torchvision's features in training mode, and moves the running statistics as it does", async () => {
    const made = floats(await runner.call('train', { path }), 'features');
    expect(distance(Float64Array.from(made), expected.training)).toBeLessThan(2e-4);
    const state = await runner.state();
    for (const buffer of expected.buffers) {
      const values = toTorch(state.get(buffer.name)!, [state.get(buffer.name)!.length]);
      expect([buffer.name, distance(values, buffer) < 1e-4]).toEqual([buffer.name, true]);
    }
  }, 120_000);
});

test("a small ResNet-50's gradients are PyTorch's", async () => {
  const { small } = fixture;
  const place = { height: small.size, width: small.size, channels, mean: each(small.mean), std: each(small.std) };
  const shape = [small.batch, small.size, small.size, channels];
  const writer = new ProgramWriter();
  const parameters = new Parameters('');
  writer.signature('backward', (input) => {
    const pass: Pass = { graph: writer.graph, parameters, training: true, compute: 'float32', statistics: new Map() };
    const model = resnet({ backbone: 'resnet50', stem: '3x3', width: small.width });
    const { avgpool } = encode(pass, model, input('x', 'float32', shape));
    const weights = parameters.trained.map(({ name }) => writer.graph.reads.get(name) as Tensor);
    return Object.fromEntries(
      gradients(avgpool, weights, input('seeds', 'float32', avgpool.shape)).map((tensor, at) => [`g${at}`, tensor]),
    );
  });
  const program = writer.finish(place, parameters.all, stateLayout(parameters.all), traits);
  const images = imagesOf(small.images, small.batch, channels, small.size);
  const runner = await ProgramRunner.install(engine, program, images, small.batch);
  const streams = parameters.all.map(({ name, shape }, at) => ({
    ...{ name, shape: toTorchShape(shape), stream: small.weights + at },
  }));
  await runner.restore(new Map(streams.map((of) => [of.name, toTensorFlow(startOf(of), of.shape)])));
  const x = float32Feed(
    Array.from(images, (pixel) => (pixel / 255 - small.mean) / small.std),
    shape,
  );
  const seeds = float32Feed(signed(small.seeds, small.batch * 32 * small.width), [small.batch, 32 * small.width]);
  const made = await runner.call('backward', { x, seeds });
  expect(parameters.trained).toHaveLength(fixture.gradients.length);
  parameters.trained.forEach(({ name, shape }, at) => {
    const far = distance(toTorch(floats(made, `g${at}`), toTorchShape(shape)), fixture.gradients[at]!);
    expect([fixture.gradients[at]!.name, far < 1e-3 ? 'as PyTorch' : far]).toEqual([name, 'as PyTorch']);
  });
}, 120_000);
