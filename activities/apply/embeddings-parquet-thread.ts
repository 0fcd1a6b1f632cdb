import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { SchemaElement } from 'hyparquet-writer' with { 'resolution-mode': 'import' };
import { npyHeaderBytes } from '../formats/npy';

/** What the thread is given: files of `Embeddings`, and the Parquet file to write. */
export interface ParquetEmbeddings {
  /** .npy of [paths, width] */
  matrix: string;
  /** JSON with `paths` */
  which: string;
  width: number;
  to: string;
}

/** Rows that are in memory together. */
const rowsAtOnce = 1000;

const schema: SchemaElement[] = [
  { name: 'root', num_children: 2 },
  { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'embedding', converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
];

async function write({ matrix, which, width, to }: ParquetEmbeddings): Promise<void> {
  // An ES module alone.
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const { paths } = JSON.parse(readFileSync(which, 'utf8')) as { paths: string[] };
  const writer = new ParquetWriter({ writer: fileWriter(to), schema, statistics: false });
  const file = openSync(matrix, 'r');
  try {
    for (let from = 0; from < paths.length; from += rowsAtOnce) {
      const some = paths.slice(from, from + rowsAtOnce);
      const values = new Float32Array(some.length * width);
      const bytes = new Uint8Array(values.buffer);
      if (readSync(file, bytes, 0, bytes.length, npyHeaderBytes + 4 * from * width) !== bytes.length)
        throw new Error(`${matrix} is cut short`);
      const rows = some.map((_, at) => Array.from(values.subarray(at * width, (at + 1) * width)));
      const columnData = [
        { name: 'path', data: some },
        { name: 'embedding', data: rows },
      ];
      await writer.write({ columnData, rowGroupSize: rowsAtOnce });
    }
    await writer.finish();
  } finally {
    closeSync(file);
  }
}

if (parentPort !== null) void write(workerData as ParquetEmbeddings);
