import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { DatasetError } from '../errors';
import { compareCodePoints } from './class-order';
import { splitNamed } from './list-folder';
import type { ImageFile, ImageListing } from './listing';

const columns = {
  path: ['path', 'image', 'file', 'filename', 'file_name', 'filepath', 'image_path'],
  label: ['label', 'class', 'target', 'category'],
  split: ['split', 'set', 'fold'],
} as const;
type Column = keyof typeof columns;

/** One row of a list, with its line for messages. */
interface Row {
  line: number;
  values: Record<string, unknown>;
}

/**
 * A list of images: CSV with a header (or TSV, or with semicolons), or a JSON object a line. Paths are relative to the
 * list's folder, or absolute. A row without a label is an image without a label.
 * @throws DatasetError naming the line that cannot be used
 */
export async function listFile(list: string, signal: AbortSignal): Promise<ImageListing> {
  const text = (await readFile(list, 'utf8')).replace(/^\uFEFF/, '');
  const wrong = (line: number, why: string) =>
    new DatasetError(`Line ${line} of "${list}" cannot be used: ${why}. Correct it, and start again.`);
  const rows = /\.(jsonl|ndjson)$/i.test(list) ? jsonRows(text, wrong) : csvRows(text, list, wrong);
  const root = dirname(list);
  const files: ImageFile[] = [];
  const lines = new Map<string, number>();
  for (const { line, values } of rows) {
    signal.throwIfAborted();
    const path = textOf(valueOf(values, 'path'))?.replaceAll('\\', '/');
    if (!path)
      throw wrong(
        line,
        `it names no image; the column is called one of ${columns.path.join(', ')}, here there are ${Object.keys(values).join(', ')}`,
      );
    const earlier = lines.get(path);
    if (earlier !== undefined) throw wrong(line, `line ${earlier} names "${path}" already`);
    lines.set(path, line);
    const named = valueOf(values, 'label');
    if (typeof named === 'object' && named !== null)
      throw wrong(line, `its label is ${JSON.stringify(named)}, and an image has one class, a text or a number`);
    const label = textOf(named)?.normalize('NFC') ?? null;
    const word = textOf(valueOf(values, 'split'));
    const split = word === undefined ? null : splitNamed(word);
    if (split === undefined) throw wrong(line, `"${word}" is no split; train, validation, test and unlabelled are`);
    const file = isAbsolute(path) ? path : join(root, path);
    const bytes = (await stat(file).catch(() => null))?.size ?? 0;
    files.push({ path, file, bytes, split: split ?? (label === null ? 'unlabelled' : null), label });
  }
  if (files.length === 0) throw new DatasetError(`"${list}" lists no image.`);
  files.sort((a, b) => compareCodePoints(a.path, b.path));
  return { root, files, skipped: [], remarks: remarksOn(rows) };
}

type Wrong = (line: number, why: string) => DatasetError;

function jsonRows(text: string, wrong: Wrong): Row[] {
  return text.split('\n').flatMap((source, at): Row[] => {
    if (source.trim() === '') return [];
    let values: unknown;
    try {
      values = JSON.parse(source);
    } catch (error) {
      throw wrong(at + 1, `it is no JSON (${(error as Error).message})`);
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw wrong(at + 1, 'it is no JSON object such as {"path": "a.jpg", "label": "ash"}');
    return [{ line: at + 1, values: values as Record<string, unknown> }];
  });
}

function csvRows(text: string, list: string, wrong: Wrong): Row[] {
  const header = text.slice(0, text.indexOf('\n') + 1 || undefined);
  const delimiter = ['\t', ';', ','].find((mark) => header.includes(mark)) ?? ',';
  const names = header.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, '').toLowerCase());
  if (!names.some((name) => (columns.path as readonly string[]).includes(name)))
    throw new DatasetError(
      `The first line of "${list}" must name the columns, one of them ${columns.path.join(', ')}; it is ` +
        `${JSON.stringify(header.trim().slice(0, 120))}. A list looks like: path,label and below it photos/1.jpg,ash.`,
    );
  const meant: readonly string[] = Object.values(columns).flat();
  const twice = names.find((name, at) => meant.includes(name) && names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new DatasetError(
      `The first line of "${list}" names the column "${twice}" twice: which of them counts is not known. Rename one.`,
    );
  try {
    const records = parse(text, {
      delimiter,
      columns: (given: string[]) => given.map((name) => name.trim()),
      info: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
      trim: true,
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ line: info.lines, values: record }));
  } catch (error) {
    const { lines, message } = error as { lines?: number; message: string };
    throw wrong(lines ?? 1, message);
  }
}

function valueOf(values: Record<string, unknown>, column: Column): unknown {
  for (const name of columns[column]) {
    const found = Object.keys(values).find((key) => key.toLowerCase() === name);
    if (found !== undefined) return values[found];
  }
  return undefined;
}

/** A list without labels is seldom meant: the column may have a name that is not known. */
function remarksOn(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const known = columns.label as readonly string[];
  if (names.some((name) => known.includes(name.toLowerCase()))) return [];
  return [
    `The list has no column of labels (called ${known.join(', ')}) but ${names.slice(0, 10).join(', ')}: its images count as ` +
      `unlabelled.`,
  ];
}

/** Texts and numbers; nothing for what is empty. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
