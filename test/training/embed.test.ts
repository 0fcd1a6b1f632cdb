import { writeFile } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { int32Feed, stringFeed } from '../../engine/protocol';
import { parseSpec } from '../../experiment/resolve';
import { pretrainingProgram } from '../../training/byol/program';
import { encoderPrefix } from '../../training/byol/networks';
import { classifierProgram } from '../../training/classifier/program';
import { imagesOf, startOf, toTensorFlow, toTorch, type Stream } from '../reference/network-fixture';
import { readFixture } from '../reference/read-fixture';
import { expectClose } from './closeness';
import { ProgramRunner } from './program-runner';
import { floats, useEngine } from './run-graph';

const engine = useEngine();

/** The small network in evaluation mode, by PyTorch (classifier_step.py). */
const fixture = readFixture('classifier.json') as {
  case: Record<'batch' | 'classes' | 'width' | 'images' | 'size' | 'channels' | 'mean' | 'std', number>;
  streams: Stream[];
  evaluationLogitsBefore: number[][];
};
const { batch, classes, width, images, size, channels, mean, std } = fixture.case;
const expected = fixture.evaluationLogitsBefore.flat();
const pixels = imagesOf(images, batch, channels, size);
const format = { height: size, width: size, channels, mean: [mean], std: [std] };
const spec = parseSpec({
  name: 'reference',
  dataset: { kind: 'mnist-idx' },
  model: { backbone: 'resnet-mini', stem: '5x5', width },
  pretraining: {
    epochs: 1,
    batch: 2,
    optimizer: { name: 'adam' },
    learningRate: 1,
    projector: { hidden: 8, output: 4 },
    predictor: { hidden: 8 },
    views: { first: [{ op: 'horizontal-flip', p: 0 }], second: [{ op: 'horizontal-flip', p: 1 }] },
  },
  classifier: { epochs: 1, batch: 2, optimizer: { name: 'adam' }, learningRates: [1] },
});
const isHead = ({ name }: Stream) => name.startsWith('fc.');

const folder = mkdtempSync(join(tmpdir(), 'byol-embed-'));
const file = async (name: string, count: number) => {
  const path = join(folder, name);
  await writeFile(path, pixels.subarray(0, (pixels.length / batch) * count));
  return stringFeed(path);
};

describe('a classifier on the images of a file', () => {
  let runner: ProgramRunner;
  beforeAll(async () => {
    const program = classifierProgram(spec, format, classes, batch, 'network');
    runner = await ProgramRunner.install(engine, program, pixels, batch);
    await runner.restore(new Map(fixture.streams.map((each) => [each.name, toTensorFlow(startOf(each), each.shape)])));
  });

  test('gives the logits of PyTorch', async () => {
    expectClose(
      floats(await runner.call('predict_file', { path: await file('all', batch) }), 'logits'),
      expected,
      1e-4,
    );
  });

  test('gives what it gives for the same images in memory, of any number', async () => {
    const places = int32Feed([0, 1, 2], [3]);
    const resident = floats(await runner.call('predict', { indices: places }), 'logits');
    expect(floats(await runner.call('predict_file', { path: await file('three', 3) }), 'logits')).toEqual(resident);
  });
});

describe('the pretraining program', () => {
  let runner: ProgramRunner;
  beforeAll(async () => {
    runner = await ProgramRunner.install(engine, pretrainingProgram(spec, format, batch), pixels, batch);
    const encoder = fixture.streams.filter((each) => !isHead(each));
    await runner.restore(
      new Map(
        encoder.map((each) => [each.name.replace('backbone.', encoderPrefix), toTensorFlow(startOf(each), each.shape)]),
      ),
    );
  });

  test('embeds a file: its features under the head of PyTorch are the logits of PyTorch', async () => {
    const { features } = await runner.call('embed', { path: await file('all', batch) });
    const d = 8 * width;
    expect(features?.shape).toEqual([batch, d]);
    const [weight, bias] = ['fc.weight', 'fc.bias'].map((name) => {
      const stream = fixture.streams.find((each) => each.name === name) as Stream;
      return toTorch(toTensorFlow(startOf(stream), stream.shape), stream.shape);
    }) as [Float64Array, Float64Array];
    const logits = Array.from({ length: batch * classes }, (_, at) => {
      const [row, label] = [Math.floor(at / classes), at % classes];
      const products = Array.from(
        { length: d },
        (_v, k) => (features?.values[row * d + k] as number) * (weight[label * d + k] as number),
      );
      return products.reduce((sum, product) => sum + product, bias[label] as number);
    });
    expectClose(logits, expected, 1e-4);
  });

  test('embeds one image as it embeds it among others', async () => {
    const all = floats(await runner.call('embed', { path: await file('all', batch) }), 'features');
    const one = floats(await runner.call('embed', { path: await file('one', 1) }), 'features');
    expectClose(one, all.slice(0, one.length), 1e-5);
  });

  test('looks at its embedding without changing its state', async () => {
    await runner.call('init', { key: int32Feed([7]) });
    const before = await runner.state();
    const indices = int32Feed(
      Array.from({ length: batch }, (_, at) => at),
      [batch],
    );
    const made = await runner.call('monitor', { indices, key: int32Feed([1, 2], [2]), step: int32Feed([0]) });
    await runner.call('embed', { path: await file('all', batch) });
    expect(Object.keys(made).sort()).toEqual(['alignment', 'effective_rank', 'image_rank', 'spread', 'uniformity']);
    expect(Object.values(made).map(({ values }) => Number.isFinite(values[0]))).toEqual([true, true, true, true, true]);
    expect(await runner.state()).toEqual(before);
  });

  test('draws views of its own for each image, part after part', async () => {
    const views = { first: [{ op: 'random-resized-crop' }], second: [{ op: 'random-resized-crop' }] };
    const moving = parseSpec({ ...spec, pretraining: { ...spec.pretraining, views } });
    // Parts of 128 images.
    const [part, parts] = await Promise.all(
      [128, 256].map(async (count) => {
        const of = await ProgramRunner.install(engine, pretrainingProgram(moving, format, count), pixels, batch);
        await of.call('init', { key: int32Feed([7]) });
        const indices = int32Feed(new Array<number>(count).fill(0), [count]);
        const made = await of.call('monitor', { indices, key: int32Feed([1, 2], [2]), step: int32Feed([0]) });
        return floats(made, 'alignment')[0] as number;
      }),
    );
    const second = 2 * parts! - part!;
    expect(Math.abs(second / part! - 1)).toBeLessThan(0.5);
    expect(Math.abs(second / part! - 1)).toBeGreaterThan(1e-4);
  });
});
