import { signed, uniform } from './formula';

/** What the fixtures keep of a tensor, in torch's layout (networks.py). */
export interface Summary {
  name: string;
  norm: number;
  dots: [number, number];
  head: number[];
}

/** A weight or buffer that starts from a stream of the formula. */
export interface Stream {
  name: string;
  shape: number[];
  stream: number;
}

const count = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** The starting value of a tensor, in torch's layout, as `fill` in networks.py. */
export function startOf({ name, shape, stream }: Stream): Float64Array {
  const draws = signed(stream, count(shape));
  if (shape.length > 1) {
    const bound = Math.sqrt(6 / count(shape.slice(1)));
    return draws.map((draw) => draw * bound);
  }
  return name.endsWith('running_var') || name.endsWith('weight')
    ? draws.map((draw) => 1 + 0.1 * draw)
    : draws.map((draw) => 0.1 * draw);
}

/** From torch's layout (OIHW, [out, in]) to TensorFlow's (HWIO, [in, out]). */
export function toTensorFlow(values: ArrayLike<number>, shape: readonly number[]): Float32Array {
  if (shape.length < 2) return Float32Array.from(values);
  const [out, inside, places] = [shape[0] as number, shape[1] as number, count(shape.slice(2))];
  const result = new Float32Array(values.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inside; i++)
      for (let p = 0; p < places; p++)
        result[(p * inside + i) * out + o] = values[(o * inside + i) * places + p] as number;
  return result;
}

/** Back from TensorFlow's layout; `shape` is torch's. */
export function toTorch(values: ArrayLike<number>, shape: readonly number[]): Float64Array {
  if (shape.length < 2) return Float64Array.from(values);
  const [out, inside, places] = [shape[0] as number, shape[1] as number, count(shape.slice(2))];
  const result = new Float64Array(values.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inside; i++)
      for (let p = 0; p < places; p++)
        result[(o * inside + i) * places + p] = values[(p * inside + i) * out + o] as number;
  return result;
}

/** Norm, and dot products with the two fixed vectors. */
function measure(values: Float64Array): { norm: number; dots: number[] } {
  const [first, second] = [signed(9000, values.length), signed(9001, values.length)];
  const sums = { squares: 0, first: 0, second: 0 };
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    sums.squares += value * value;
    sums.first += value * (first[at] as number);
    sums.second += value * (second[at] as number);
  }
  return { norm: Math.sqrt(sums.squares), dots: [sums.first, sums.second] };
}

/** A tensor whose gradient is zero in exact arithmetic: a bias in front of a normalization. */
const nothing = 1e-12;

/**
 * How far a tensor is from its summary, relative to its norm; a single value, relative to itself and three times the
 * root mean square. Of a tensor that should be zero: its norm times 10.
 */
export function distance(values: Float64Array, expected: Summary): number {
  const { norm, dots } = measure(values);
  if (expected.norm < nothing) return 10 * norm;
  const whole = [norm - expected.norm, ...expected.dots.map((dot, at) => dot - (dots[at] as number))].map(
    (difference) => Math.abs(difference) / expected.norm,
  );
  const usual = (3 * expected.norm) / Math.sqrt(values.length);
  const single = expected.head.map((value, at) => Math.abs((values[at] as number) - value) / (Math.abs(value) + usual));
  return [...whole, ...single].reduce(
    (worst, each) => (each >= worst ? each : Number.isNaN(each) ? Infinity : worst),
    0,
  );
}

/** uint8 images [batch, size, size, channels], those of networks.py in another order. */
export function imagesOf(stream: number, batch: number, channels: number, size: number): Uint8Array {
  const p = uniform(stream, batch * channels * 3);
  const noise = signed(stream + 1, batch * channels * size * size);
  const images = new Uint8Array(noise.length);
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++) {
          const wave = b * channels + c;
          const [p0, p1, p2] = [p[3 * wave] as number, p[3 * wave + 1] as number, p[3 * wave + 2] as number];
          const value =
            Math.sin(2 * Math.PI * (p0 + ((p1 - 0.5) * y) / 8 + ((p2 - 0.5) * x) / 8)) +
            0.3 * (noise[(wave * size + y) * size + x] as number);
          images[((b * size + y) * size + x) * channels + c] = Math.min(255, Math.max(0, Math.floor(128 + 98 * value)));
        }
  return images;
}
