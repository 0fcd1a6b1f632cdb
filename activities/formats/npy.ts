/** The header of a matrix of any size that fits into one: data begin after so many bytes. */
export const npyHeaderBytes = 128;

/**
 * The header of a NumPy file (format 1.0, numpy.lib.format) of a C-ordered little-endian float32 matrix.
 *
 * @param shape [rows, columns]
 */
export function npyHeader(shape: readonly [number, number]): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const preamble = 10; // magic, version, length of the header
  const head = Buffer.alloc(preamble);
  head.write('\u0093NUMPY\u0001\u0000', 'latin1');
  head.writeUInt16LE(npyHeaderBytes - preamble, 8);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(npyHeaderBytes - preamble - 1)}\n`)]);
}

/** A NumPy file of a matrix. @param values [rows, columns] */
export function float32Npy(values: Float32Array, shape: readonly [number, number]): Buffer {
  if (values.length !== shape[0] * shape[1])
    throw new RangeError(`${values.length} values are no matrix of ${shape.join(' x ')}`);
  return Buffer.concat([npyHeader(shape), Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

/** The rows of a matrix that `float32Npy` wrote; null for anything else. */
export function parseNpy(file: Buffer): Float32Array[] | null {
  if (file.length < 10 || file.toString('latin1', 0, 6) !== '\u0093NUMPY') return null;
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', 10, start);
  const [, rows, columns] = /'descr': '<f4'.*'shape': \((\d+), (\d+)\)/.exec(header)?.map(Number) ?? [];
  if (rows === undefined || columns === undefined || file.length !== start + 4 * rows * columns) return null;
  const values = new Float32Array(rows * columns);
  values.forEach((_, at) => (values[at] = file.readFloatLE(start + 4 * at)));
  return Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns));
}
