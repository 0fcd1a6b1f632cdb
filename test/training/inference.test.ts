import { int32Feed } from '../../engine/protocol';
import { inferenceModel, ModelTooLargeError, refuseTooLarge, type Weights } from '../../training/inference';
import { imagesOf, startOf, toTensorFlow, toTorch, type Stream } from '../reference/network-fixture';
import { readFixture } from '../reference/read-fixture';
import { expectClose } from './closeness';
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
const format = { height: size, width: size, channels, mean: [mean], std: [std] };
const model = { backbone: 'resnet-mini', stem: '5x5', width } as const;
const feeds = { image: int32Feed(imagesOf(images, batch, channels, size), [batch, size, size, channels]) };

/** The state of the fixture as a checkpoint has it. */
const weights = (): Map<string, { shape: number[]; bytes: Uint8Array }> =>
  new Map(
    fixture.streams.map((each) => {
      const values = toTensorFlow(startOf(each), each.shape);
      const { length } = each.shape;
      const shape =
        length < 2 ? each.shape : [...each.shape.slice(2), each.shape[1] as number, each.shape[0] as number];
      return [each.name, { shape, bytes: new Uint8Array(values.buffer) }];
    }),
  );
const run = async (of: Parameters<typeof inferenceModel>[3], from: Weights = weights()) =>
  engine.call(await engine.install(inferenceModel(model, format, from, of)), 'serving_default', feeds);

test('a classifier gives the logits of PyTorch, and their softmax, from uint8 images', async () => {
  const made = await run({ prefix: 'backbone.', classes });
  expectClose(floats(made, 'logits'), expected, 1e-4);
  const probabilities = Array.from({ length: batch }, (_, row) => {
    const exponentials = expected.slice(row * classes, (row + 1) * classes).map(Math.exp);
    const sum = exponentials.reduce((total, value) => total + value, 0);
    return exponentials.map((value) => value / sum);
  });
  expectClose(floats(made, 'probabilities'), probabilities.flat(), 1e-4);
  expect(made['probabilities']?.shape).toEqual([batch, classes]);
});

test('an encoder gives the features under whose head the logits of PyTorch come out', async () => {
  const made = await run({ prefix: 'backbone.' });
  const d = 8 * width;
  expect(made['features']?.shape).toEqual([batch, d]);
  const features = floats(made, 'features');
  const [weight, bias] = ['fc.weight', 'fc.bias'].map((name) => {
    const stream = fixture.streams.find((each) => each.name === name) as Stream;
    return toTorch(toTensorFlow(startOf(stream), stream.shape), stream.shape);
  }) as [Float64Array, Float64Array];
  const logits = Array.from({ length: batch * classes }, (_, at) => {
    const [row, label] = [Math.floor(at / classes), at % classes];
    let sum = bias[label] as number;
    for (let k = 0; k < d; k++) sum += (features[row * d + k] as number) * (weight[label * d + k] as number);
    return sum;
  });
  expectClose(logits, expected, 1e-4);
});

test('equal weights make equal bytes', () => {
  const bytes = () => Buffer.from(inferenceModel(model, format, weights(), { prefix: 'backbone.', classes }));
  expect(bytes().equals(bytes())).toBe(true);
});

test('a state without a weight of the network, or with one of another shape, makes no model', () => {
  const without = weights();
  without.delete('backbone.layer2.0.bn1.running_var');
  const other = weights();
  const { shape, bytes } = other.get('fc.bias') as { shape: number[]; bytes: Uint8Array };
  other.set('fc.bias', { shape: [1, ...shape], bytes });
  const of = { prefix: 'backbone.', classes };
  expect(() => inferenceModel(model, format, without, of)).toThrow(/no backbone\.layer2\.0\.bn1\.running_var of shape/);
  expect(() => inferenceModel(model, format, other, of)).toThrow(/no fc\.bias of shape/);
});

test('weights beyond what a protocol buffer holds are refused, with the way out', () => {
  expect(() => refuseTooLarge(2 ** 31)).toThrow(ModelTooLargeError);
  expect(() => refuseTooLarge(2 ** 31)).toThrow(/2\.0 GiB.*safetensors/);
  expect(() => refuseTooLarge(2 ** 31 - 2 ** 25)).not.toThrow();
});
