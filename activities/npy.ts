/**
 * A NumPy file (format 1.0, numpy.lib.format) of a C-ordered little-endian float32 matrix.
 *
 * @param values [rows, columns]
 */
export function float32Npy(values: Float32Array, shape: readonly [number, number]): Buffer {
  if (values.length !== shape[0] * shape[1])
    throw new RangeError(`${values.length} values are no matrix of ${shape.join(' x ')}`);
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const preamble = 10; // magic, version, length of the header
  const length = Math.ceil((preamble + text.length + 1) / 64) * 64 - preamble;
  const head = Buffer.alloc(preamble);
  head.write('\u0093NUMPY\u0001\u0000', 'latin1');
  head.writeUInt16LE(length, 8);
  const body = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`), body]);
}
