import { float32Feed, int32Feed } from '../../../engine/protocol';
import { augmentation, type Augmentation } from '../../../experiment/augmentation';
import { augment, augmentWith, drawsOf } from '../../../training/augment/view';
import { concat, reshape, slice } from '../../../training/graph/ops/array';
import { Graph, type Tensor } from '../../../training/graph/graph';
import { uniform } from '../../reference/formula';
import { expectClose, furthest } from '../closeness';
import { floats, useEngine } from '../run-graph';

const engine = useEngine();

const op = (options: { op: Augmentation['op'] } & Record<string, unknown>): Augmentation => augmentation.parse(options);

/** Copies of one image [C, H, W]. */
const copies = (image: ArrayLike<number>, count: number): number[] =>
  Array.from({ length: count }, () => Array.from(image)).flat();

/** The result for each image, under the draws named (seed, 0). */
async function apply(list: Augmentation[], images: ArrayLike<number>, shape: number[], seed = 1): Promise<number[][]> {
  const outputs = await engine.run(
    { x: float32Feed(images, shape), seed: int32Feed([seed, 0], [2]) },
    ({ x, seed: name }) => {
      const part = (at: number) => reshape(slice(name!, [at], [1]), []);
      return { y: augment(x!, list, [part(0), part(1)]) };
    },
  );
  const all = floats(outputs, 'y');
  const length = all.length / (shape[0] as number);
  return Array.from({ length: shape[0] as number }, (_, at) => all.slice(at * length, (at + 1) * length));
}

const distinct = (images: number[][]): number => new Set(images.map((image) => image.join())).size;
const share = (images: number[][], test: (image: number[]) => boolean): number =>
  images.filter(test).length / images.length;
/** Four standard deviations of a share of `count` draws. */
const allowed = (p: number, count: number): number => 4 * Math.sqrt((p * (1 - p)) / count);

const noise = (channels: number, size: number, stream = 77): Float64Array => uniform(stream, channels * size * size);
const everyOperation: Augmentation[] = [
  op({ op: 'random-resized-crop' }),
  op({ op: 'random-affine-crop', degrees: 20, shear: 0.3 }),
  op({ op: 'horizontal-flip' }),
  op({ op: 'color-jitter' }),
  op({ op: 'random-contrast' }),
  op({ op: 'grayscale' }),
  op({ op: 'gaussian-blur', kernel: 5 }),
  op({ op: 'solarize' }),
];

test('every augmentation is here', () => {
  const all = augmentation.options.map(({ shape }) => shape.op.value);
  expect(everyOperation.map(({ op }) => op).sort()).toEqual(all.sort());
});

describe('draws are made per image', () => {
  const drawnOnce = ['horizontal-flip', 'grayscale', 'solarize'];

  test.each(everyOperation.map((each) => [each.op, each] as const))(
    '%s differs between equal images of a batch',
    async (_, each) => {
      const results = await apply([each], copies(noise(3, 8), 200), [200, 3, 8, 8]);
      if (drawnOnce.includes(each.op)) expect(distinct(results)).toBe(2);
      else expect(distinct(results)).toBeGreaterThan(70);
    },
  );

  test.each([
    ['horizontal-flip', 0.3, {}],
    ['color-jitter', 0.8, {}],
    ['grayscale', 0.2, {}],
    ['gaussian-blur', 0.1, { kernel: 3 }],
    ['solarize', 0.2, {}],
  ] as const)('%s is applied to a share p = %d of the images', async (name, p, rest) => {
    const count = 600;
    const image = Float32Array.from(noise(3, 4));
    const results = await apply([op({ op: name, p, ...rest })], copies(image, count), [count, 3, 4, 4]);
    const changed = share(results, (result) => furthest(result, image).difference > 1e-4);
    expect(Math.abs(changed - p)).toBeLessThan(allowed(p, count));
  });

  test.each(['horizontal-flip', 'color-jitter', 'grayscale', 'solarize'] as const)(
    '%s with p 0 never, with p 1 always',
    async (name) => {
      const image = Float32Array.from(noise(3, 4));
      const never = await apply([op({ op: name, p: 0 })], copies(image, 50), [50, 3, 4, 4]);
      expect(share(never, (result) => furthest(result, image).difference === 0)).toBe(1);
      const always = await apply([op({ op: name, p: 1 })], copies(image, 50), [50, 3, 4, 4]);
      expect(share(always, (result) => furthest(result, image).difference > 1e-4)).toBe(1);
    },
  );

  test('equal names give equal views, other names others; the two operations of a list draw apart', async () => {
    const images = copies(noise(3, 8), 20);
    const [first, again, other] = [3, 3, 4].map((seed) => apply(everyOperation, images, [20, 3, 8, 8], seed));
    expect(await again).toEqual(await first);
    expect(distinct([...(await first!), ...(await other!)])).toBe(40);
    // Two flips at p .5 with one draw would always undo each other.
    const flips = [op({ op: 'horizontal-flip' }), op({ op: 'horizontal-flip' })];
    expect(distinct(await apply(flips, copies(noise(1, 4), 40), [40, 1, 4, 4]))).toBe(2);
  });
});

describe('how the draws are spread', () => {
  test('brightness goes both ways, as far as it may and no further', async () => {
    const jitter = op({ op: 'color-jitter', p: 1, brightness: 0.4, contrast: 0, saturation: 0, hue: 0 });
    const factors = (await apply([jitter], copies([0.5], 500), [500, 1, 1, 1])).map(
      ([value]) => (value as number) / 0.5,
    );
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.6 - 1e-6);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.4 + 1e-6);
    expect(Math.min(...factors)).toBeLessThan(0.61);
    expect(Math.max(...factors)).toBeGreaterThan(1.39);
    expect(factors.reduce((sum, factor) => sum + factor, 0) / 500).toBeCloseTo(1, 1);
  });

  test('the hue turns in both directions', async () => {
    const jitter = op({ op: 'color-jitter', p: 1, brightness: 0, contrast: 0, saturation: 0, hue: 0.1 });
    const reds = await apply([jitter], copies([1, 0, 0], 400), [400, 3, 1, 1]);
    const towardsGreen = share(reds, ([, green, blue]) => (green as number) > (blue as number));
    expect(Math.abs(towardsGreen - 0.5)).toBeLessThan(allowed(0.5, 400));
    for (const [red, green, blue] of reds) {
      expect(red).toBeCloseTo(1, 5);
      expect(Math.min(green as number, blue as number)).toBeCloseTo(0, 5);
      expect(Math.max(green as number, blue as number)).toBeLessThanOrEqual(0.6 + 1e-5);
    }
  });

  test('crops lie everywhere in the image', async () => {
    // Each pixel holds its column: the mean of a crop is its centre.
    const columns = Array.from({ length: 256 }, (_, at) => ((at % 16) + 0.5) / 16);
    const crop = op({ op: 'random-resized-crop', scale: [0.08, 0.2] });
    const centres = (await apply([crop], copies(columns, 300), [300, 1, 16, 16])).map(
      (image) => image.reduce((sum, value) => sum + value, 0) / image.length,
    );
    for (const [from, to] of [
      [0, 0.3],
      [0.3, 0.5],
      [0.5, 0.7],
      [0.7, 1],
    ] as const)
      expect(centres.filter((centre) => centre >= from && centre < to).length).toBeGreaterThan(30);
  });
});

describe('what must stay stays', () => {
  const colourless = everyOperation.filter(({ op: name }) => !['random-contrast', 'solarize'].includes(name));

  test('grey images stay grey under everything, the hue turned far in both directions', async () => {
    const plane = noise(1, 8);
    const list = [...colourless, op({ op: 'color-jitter', p: 1, saturation: 1, hue: 0.5 })];
    const results = await apply(list, copies([...plane, ...plane, ...plane], 60), [60, 3, 8, 8]);
    for (const image of results)
      for (let at = 0; at < 64; at++) {
        expect(Math.abs((image[at] as number) - (image[at + 64] as number))).toBeLessThan(1e-5);
        expect(Math.abs((image[at] as number) - (image[at + 128] as number))).toBeLessThan(1e-5);
      }
  });

  test.each([0, 128 / 255, 1])('a flat image of %d stays under crops, flips, blur, hue and grey', async (value) => {
    const list = [
      op({ op: 'random-resized-crop' }),
      op({ op: 'random-affine-crop' }),
      op({ op: 'horizontal-flip' }),
      op({ op: 'color-jitter', p: 1, brightness: 0, contrast: 0, saturation: 1, hue: 0.5 }),
      op({ op: 'grayscale', p: 0.5 }),
      op({ op: 'gaussian-blur', p: 1, kernel: 7 }),
    ];
    const flat = new Array<number>(40 * 3 * 64).fill(value);
    // torchvision's weights of red, green and blue add up to .9999.
    for (const image of await apply(list, flat, [40, 3, 8, 8]))
      for (const pixel of image) expect(Math.abs(pixel - value)).toBeLessThan(3e-4);
  });

  test('every value of every view lies in 0..1', async () => {
    const results = await apply(everyOperation, copies(noise(3, 8), 100), [100, 3, 8, 8]);
    for (const image of results) {
      expect(Math.min(...image)).toBeGreaterThanOrEqual(-1e-6);
      expect(Math.max(...image)).toBeLessThanOrEqual(1 + 1e-6);
    }
  });
});

test('a blur that is larger than the image is refused in a sentence', () => {
  const graph = new Graph();
  const x = graph.placeholder('x', 'float32', [2, 1, 8, 8]);
  const seed = graph.placeholder('seed', 'int32', []);
  const list = [op({ op: 'gaussian-blur', kernel: 17 })];
  expect(() => augment(x, list, [seed, seed])).toThrow(
    /kernel of 17 pixels does not fit images of 8 pixels.*at most 15/,
  );
});

test('images of a large batch, augmented some at a time, are what each is by itself', async () => {
  const [count, side] = [20, 96];
  // Without what makes much of the last bit: the hue of nearly grey pixels, and the threshold of solarize.
  const list = [
    ...everyOperation.filter((each) => each.op !== 'solarize' && each.op !== 'color-jitter'),
    op({ op: 'color-jitter', hue: 0 }),
  ];
  const draws = drawsOf(list);
  const row = (x: Tensor, at: number) => slice(x, [at, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]);
  const outputs = await engine.run(
    {
      x: float32Feed(uniform(5, count * 3 * side * side), [count, 3, side, side]),
      u: float32Feed(uniform(6, count * draws), [count, draws]),
    },
    ({ x, u }) => {
      const together = augmentWith(x!, list, u!);
      expect(together.node.op).toBe('ConcatV2');
      const alone = Array.from({ length: count }, (_, at) => augmentWith(row(x!, at), list, row(u!, at)));
      return { together, alone: concat(alone, 0) };
    },
    'cpu',
  );
  expect(outputs['together']?.shape).toEqual([count, 3, side, side]);
  expectClose(floats(outputs, 'together'), floats(outputs, 'alone'), 1e-4);
});

test('a batch becomes no more than 16 parts, and one on a GPU', () => {
  const parts = (device: 'cpu' | 'gpu', shape: number[]) => {
    const graph = new Graph(undefined, device);
    const u = graph.placeholder('u', 'float32', [shape[0] as number, drawsOf(everyOperation)]);
    const { node } = augmentWith(graph.placeholder('x', 'float32', shape), everyOperation, u);
    return node.op === 'ConcatV2' ? node.inputs.length - 1 : 1;
  };
  expect(parts('cpu', [32, 1, 28, 28])).toBe(1);
  expect(parts('cpu', [64, 3, 96, 96])).toBe(7);
  expect(parts('cpu', [256, 3, 96, 96])).toBe(16);
  expect(parts('gpu', [256, 3, 96, 96])).toBe(1);
});
