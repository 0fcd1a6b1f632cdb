/** A float32 tensor. */
export interface Values {
  shape: number[];
  values: Float32Array;
}

/**
 * From TensorFlow's layout to PyTorch's: filters [k, k, in, out] -> [out, in, k, k], matrices [in, out] -> [out, in];
 * vectors stay.
 */
export function toTorch({ shape, values }: Values): Values {
  if (shape.length < 2) return { shape, values };
  const [inside, out] = shape.slice(-2) as [number, number];
  const places = values.length / (inside * out);
  const turned = new Float32Array(values.length);
  for (let p = 0; p < places; p++)
    for (let i = 0; i < inside; i++)
      for (let o = 0; o < out; o++)
        turned[(o * inside + i) * places + p] = values[(p * inside + i) * out + o] as number;
  return { shape: toTorchShape(shape), values: turned };
}

/** The way back: [out, in, k, k] -> [k, k, in, out], [out, in] -> [in, out]; vectors stay. */
export function fromTorch({ shape, values }: Values): Values {
  if (shape.length < 2) return { shape, values };
  const [out, inside] = shape as [number, number];
  const places = values.length / (inside * out);
  const turned = new Float32Array(values.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inside; i++)
      for (let p = 0; p < places; p++)
        turned[(p * inside + i) * out + o] = values[(o * inside + i) * places + p] as number;
  return { shape: [...shape.slice(2), inside, out], values: turned };
}

/** The shape in PyTorch of a tensor that has this one in TensorFlow. */
export function toTorchShape(shape: readonly number[]): number[] {
  if (shape.length < 2) return [...shape];
  const [inside, out] = shape.slice(-2) as [number, number];
  return [out, inside, ...shape.slice(0, -2)];
}
