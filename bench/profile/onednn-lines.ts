/** One run of one oneDNN primitive, as ONEDNN_VERBOSE=profile_exec prints it. */
export interface Primitive {
  /** convolution, matmul, batch_normalization, eltwise, reorder ... */
  kind: string;
  /** forward, backward_data, backward_weights or backward; empty where the kind knows none. */
  direction: string;
  /** bf16, f32 ...: of what it reads. */
  dtype: string;
  /** oneDNN's description of the shape. */
  shape: string;
  milliseconds: number;
  /** Floating-point operations, a multiplication and an addition being two; null where that says nothing. */
  flops: number | null;
}

/**
 * A line of oneDNN's log (versions 2 and 3; with or without time stamps), or null for any other line.
 * `onednn_verbose,v1,primitive,exec,cpu,KIND,IMPLEMENTATION,PROPAGATION,MEMORY,ATTRIBUTES,AUXILIARY,SHAPE,MILLISECONDS`
 */
export function parsePrimitive(line: string): Primitive | null {
  const fields = line.trim().split(',');
  const exec = fields.indexOf('exec');
  if (fields[0] !== 'onednn_verbose' || exec < 1 || fields[exec - 1] === 'graph') return null;
  const [kind, , propagation, memory] = fields.slice(exec + 2);
  const [shape, time] = fields.slice(-2);
  const milliseconds = time ? Number(time) : NaN;
  if (!kind || propagation === undefined || memory === undefined || !shape || !Number.isFinite(milliseconds))
    return null;
  return {
    kind,
    direction: propagation === 'undef' ? '' : propagation.replace(/^forward.*/, 'forward'),
    dtype: /(?:src|data|diff)[^:]*:(\w+)/.exec(memory)?.[1] ?? '',
    shape,
    milliseconds,
    flops: flopsOf(kind, shape),
  };
}

/** The same for forward and both backward directions, which are the same products in another order. */
export function flopsOf(kind: string, shape: string): number | null {
  if (kind === 'convolution') return convolutionFlops(shape);
  if (kind === 'matmul') return matmulFlops(shape);
  if (kind !== 'inner_product') return null;
  const of = sizes(shape);
  const spatial = (of('ih') ?? 1) * (of('iw') ?? 1);
  return product([2, of('mb'), of('ic'), of('oc'), spatial]);
}

/** mb64_ic128oc256_ih12oh6kh3sh2dh0ph0_iw12ow6kw3sw2dw0pw0, with g2 in front for groups. */
function convolutionFlops(shape: string): number | null {
  const of = sizes(shape);
  const groups = of('g') ?? 1;
  const window = (of('kh') ?? 1) * (of('kw') ?? 1);
  const all = product([2, of('mb'), of('ic'), of('oc'), of('oh') ?? 1, of('ow'), window]);
  return all === null ? null : all / groups;
}

/** 64x96x96:64x96x32, leading dimensions broadcast. */
function matmulFlops(shape: string): number | null {
  const [a, b] = shape.split(':').map((dims) => dims.split('x').map(Number));
  if (!a || !b || a.length < 2 || a.length !== b.length || [...a, ...b].some(Number.isNaN)) return null;
  const lead = a.slice(0, -2).map((size, axis) => Math.max(size, b[axis] as number));
  return product([2, ...lead, a.at(-2), a.at(-1), b.at(-1)]);
}

const sizes = (shape: string) => (name: string) => {
  const found = new RegExp(`(?:^|[_\\d])${name}(\\d+)`).exec(shape)?.[1];
  return found === undefined ? undefined : Number(found);
};

const product = (factors: readonly (number | undefined)[]): number | null =>
  factors.some((factor) => factor === undefined) ? null : (factors as number[]).reduce((all, one) => all * one, 1);
