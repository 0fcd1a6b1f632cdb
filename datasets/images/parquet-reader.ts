import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { FileMetaData, SchemaElement } from 'hyparquet' with { 'resolution-mode': 'import' };
import { splitNamed } from './list-folder';
import type { ImageFile } from './listing';

/** What the thread is given. */
export interface ParquetWork {
  /** Paths below `root`, which holds Parquet files as Hugging Face lays them out. */
  paths: string[];
  root: string;
  /** Folder to unpack to. */
  to: string;
  /** Of images, of all files together. */
  mostBytes: number;
}

/**
 * What it says, in this order: images, a group of rows at a time, and remarks; at the end `done`, or `wrong` with the
 * reason and the system's error code if there is one.
 */
export type ParquetMessage =
  | { type: 'images'; images: ImageFile[] }
  | { type: 'remark'; remark: string }
  | { type: 'done' }
  | { type: 'wrong'; path: string; why: string; code?: string };

const labelColumns = ['label', 'labels', 'class', 'target', 'fine_label'];

/** Rows that are in memory together. */
const rowsAtOnce = 256;

/** Columns of images and labels of one file, and the names of its classes where labels are numbers of them. */
interface Layout {
  image: string;
  label: string | null;
  names: string[] | null;
  /** what is strange about it, after the file's name */
  remark?: string;
}

type Say = (message: ParquetMessage) => void;

async function read({ paths, root, to, mostBytes }: ParquetWork, say: Say): Promise<void> {
  let left = mostBytes;
  for (const path of paths) {
    const write = (file: string, bytes: Uint8Array) => {
      left -= bytes.length;
      if (left < 0)
        throw new Error(`it unpacks to more than ${mostBytes} bytes: tables of images do not shrink them so much`);
      writeFileSync(file, bytes, { flag: 'wx' });
    };
    try {
      await readFile(join(root, path), path, join(to, path), write, say);
    } catch (error) {
      const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
      return say({ type: 'wrong', path, why: message, ...(code === undefined ? {} : { code }) });
    }
  }
  say({ type: 'done' });
}

/** @param folder for the images */
async function readFile(
  file: string,
  path: string,
  folder: string,
  write: (file: string, bytes: Uint8Array) => void,
  say: Say,
): Promise<void> {
  // Both packages are ES modules alone.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer);
  const layout = layoutOf(metadata);
  const split = splitOf(path);
  mkdirSync(folder, { recursive: true });
  if (layout.remark) say({ type: 'remark', remark: `${path} ${layout.remark}` });
  const columns = [layout.image, ...(layout.label === null ? [] : [layout.label])];
  const rows = Number(metadata.num_rows);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const rowEnd = Math.min(rows, from + rowsAtOnce);
    const options = { file: buffer, metadata, columns, rowStart: from, rowEnd, compressors, utf8: false };
    const objects = await parquetReadObjects(options);
    const images = objects.map((row, at): ImageFile => {
      const name = String(from + at).padStart(7, '0');
      const bytes = bytesOf(row[layout.image]);
      const target = join(folder, name);
      if (bytes) write(target, bytes);
      const label = layout.label === null ? null : labelOf(row[layout.label], layout, from + at);
      const side = split ?? (label === null ? 'unlabelled' : null);
      return { path: `${path}/${name}`, file: target, bytes: bytes?.length ?? 0, split: side, label };
    });
    say({ type: 'images', images });
  }
}

/** A column `image` (or the first of that kind) of {bytes, path} or of bytes; a column `label` (or class, fine_label). */
function layoutOf(metadata: FileMetaData): Layout {
  const tops = topColumns(metadata.schema);
  const images = tops.filter(({ element, children }) => children.includes('bytes') || isBinary(element, children));
  const image = images.find(({ name }) => name === 'image' || name === 'img') ?? images[0];
  if (!image)
    throw new Error(
      `no column holds image bytes: it needs a column image of {bytes, path} or of bytes, and has ${tops.map(({ name }) => name).join(', ')}`,
    );
  const label = labelColumns.find((name) => tops.some((top) => top.name === name));
  if (label !== undefined) return { image: image.name, label, names: classNames(metadata, label) };
  const others = tops.map(({ name }) => name).filter((name) => name !== image.name);
  const remark =
    `has no column of labels (called ${labelColumns.join(', ')})${others.length > 0 ? ` but ${others.join(', ')}` : ''}: its ` +
    `images count as unlabelled.`;
  return { image: image.name, label: null, names: null, remark };
}

function topColumns(schema: SchemaElement[]) {
  const columns: { name: string; element: SchemaElement; children: string[] }[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (schema[at]?.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) {
    const element = schema[at] as SchemaElement;
    const children = schema.slice(at + 1, skip(at)).map(({ name }) => name);
    columns.push({ name: element.name, element, children });
  }
  return columns;
}

const isBinary = ({ type, converted_type: converted, logical_type: logical }: SchemaElement, children: string[]) =>
  children.length === 0 && type === 'BYTE_ARRAY' && converted !== 'UTF8' && logical?.type !== 'STRING';

/** Hugging Face's description of the columns, where the file has one. */
function classNames({ key_value_metadata: pairs }: FileMetaData, label: string): string[] | null {
  const text = pairs?.find(({ key }) => key === 'huggingface')?.value;
  if (!text) return null;
  const { info } = JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown }> } };
  const names = info?.features?.[label]?.names;
  return Array.isArray(names) ? names.map(String) : null;
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  const inner = (value as { bytes?: unknown } | null)?.bytes;
  return inner instanceof Uint8Array ? inner : null;
}

function labelOf(value: unknown, { label, names }: Layout, row: number): string | null {
  const bytes = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
  // pandas writes NaN for a number that is missing.
  if (bytes === null || bytes === undefined || bytes === '' || Number.isNaN(bytes)) return null;
  if (typeof bytes === 'string') return bytes.normalize('NFC');
  if (typeof bytes === 'boolean') return String(bytes);
  const isWhole = typeof bytes === 'bigint' || (typeof bytes === 'number' && Number.isInteger(bytes));
  if (!isWhole)
    throw new Error(
      `row ${row} of its column ${label} is ${shown(bytes)}, and an image has one class, a text or a number`,
    );
  // Hugging Face writes -1 for "not known".
  if (bytes < 0) return null;
  const name = names === null ? String(bytes) : names[Number(bytes)];
  if (name === undefined)
    throw new Error(
      `row ${row} of its column ${label} is class ${bytes}, and its description names ${names?.length} classes`,
    );
  return name.normalize('NFC');
}

const shown = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)).slice(0, 100);

/** `train-00000-of-00002.parquet`, or a file of a folder `train`. */
function splitOf(path: string): ImageFile['split'] {
  const words = [/^[A-Za-z]+/.exec(basename(path))?.[0], ...dirname(path).split('/')];
  return words.map((word) => word && splitNamed(word)).find((split) => split) || null;
}

if (parentPort !== null) {
  const port = parentPort;
  void read(workerData as ParquetWork, (message) => port.postMessage(message));
}
