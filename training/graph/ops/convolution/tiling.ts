/**
 * The points at which the polynomials are taken, by the outputs of a tile; infinity is another. Near zero and each with its
 * reciprocal, so that rounding stays small: an output is off by some 3e-6 of its size, directly by 2e-7.
 */
const pointsOf: Readonly<Record<number, readonly number[]>> = {
  2: [0, 1, -1],
  3: [0, 1, -1, 2],
  4: [0, 1, -1, 0.5, -2],
  6: [0, 1, -1, 2, -2, 0.5, -0.5],
};

/** How a line of pixels is cut into tiles, in each of which three weights take tile + 2 products instead of 3 * tile. */
export interface Tiling {
  length: number;
  tiles: number;
  points: number;
  /** What an input pixel adds to a point of a tile. */
  input: (pixel: number, tile: number, point: number) => number;
  /** What a point of a tile adds to an output pixel. */
  output: (pixel: number, tile: number, point: number) => number;
  /** What each of three weights adds to each point. [points, 3] */
  filter: readonly (readonly number[])[];
}

/**
 * The tiling of a line, with zeros at both ends, that takes fewest products: Toom-Cook's algorithm, transposed (Lavin and
 * Gray 2016, Fast Algorithms for Convolutional Neural Networks, section 4).
 */
export function tiling(length: number): Tiling {
  const products = (tile: number) => Math.ceil(length / tile) * (tile + 2);
  const tile = [2, 3, 4, 6].reduce((best, next) => (products(next) < products(best) ? next : best));
  const finite = pointsOf[tile] as readonly number[];
  const others = (at: number) => finite.filter((_, other) => other !== at);
  const basis = [...finite.map((_, at) => expanded(others(at))), expanded(finite)];
  const filter = finite.map((point, at) => {
    const scale = others(at).reduce((product, other) => product * (point - other), 1);
    return [1, point, point * point].map((power) => power / scale);
  });
  return {
    length,
    tiles: Math.ceil(length / tile),
    points: tile + 2,
    input: (pixel, at, point) => basis[point]?.[pixel - at * tile + 1] ?? 0,
    output: (pixel, at, point) => {
      const power = pixel - at * tile;
      if (power < 0 || power >= tile) return 0;
      return point < finite.length ? (finite[point] as number) ** power : Number(power === tile - 1);
    },
    filter: [...filter, [0, 0, 1]],
  };
}

/** The coefficients of the polynomial with these roots, the constant one first. */
function expanded(roots: readonly number[]): number[] {
  return roots.reduce(
    (polynomial, root) => [0, ...polynomial].map((higher, power) => higher - root * (polynomial[power] ?? 0)),
    [1],
  );
}
