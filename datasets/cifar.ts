import { stat } from 'node:fs/promises';
import type { DatasetOf } from '../experiment/datasets';
import type { ObjectStore } from '../storage/object-store';
import {
  cifarFiles,
  cifarFormats,
  cifarShape,
  parseNames,
  fromCifarPlanes,
  RecordReader,
  type CifarKind,
} from './cifar-files';
import { DatasetError } from './errors';
import type { Importing } from './importing';
import type { DatasetManifest, DatasetSplit } from './manifest';
import { officialFiles, uncheckedContent } from './official-files';
import { isUrl, shownSource } from './remote';
import { histogramOf, ShardWriter, statisticsOf, storeBlob } from './shards';

/** One file of records, in the bucket. */
interface StoredFile {
  split: DatasetSplit;
  labels: number[];
}

type CifarDataset = DatasetOf<CifarKind>;

/**
 * Names the content of a source: by the md5 that it must have, and for the unpacked files of the published archive,
 * which have none, by the md5 that they do have.
 * @throws DatasetError
 */
export async function cifarIdentity({ kind, source, files }: CifarDataset, { signal }: Importing): Promise<object> {
  const format = cifarFiles(kind, files);
  const folder = !isUrl(source) && (await stat(source).catch(() => null))?.isDirectory();
  if (files || !folder) {
    const unchecked = await uncheckedContent(source, format, { whole: false, signal });
    return { kind, files: format.checks, ...(format.whole ? { archive: format.whole } : {}), ...unchecked };
  }
  const found: Record<string, string> = {};
  for await (const entry of officialFiles(source, format, signal, () => undefined)) {
    for await (const chunk of entry.content) void chunk;
    found[entry.name] = entry.md5();
  }
  return { kind, found };
}

/**
 * Streams the files of CIFAR-10 or CIFAR-100, in whatever order they come, into shards of uint8 NHWC images; the training
 * images keep the order of the files' numbers. Labels are CIFAR-100's fine ones. Nothing refers to what was stored until
 * the whole is right: sizes before, md5 after the bytes have gone by.
 * @throws DatasetError, DownloadError, StorageError
 */
export async function importCifar(
  store: ObjectStore,
  { kind, source, files }: CifarDataset,
  { signal, onProgress }: Importing,
): Promise<DatasetManifest> {
  const format = cifarFiles(kind, files);
  const histogram = histogramOf(cifarShape);
  const gathered = new Map<string, StoredFile>();
  const origin: DatasetManifest['origin']['files'] = [];
  let classes: string[] | undefined;
  let current = '';
  const entries = officialFiles(source, format, signal, (bytes, total) =>
    onProgress({ file: current, bytes, ...(total === undefined ? {} : { totalBytes: total }) }),
  );
  for await (const entry of entries) {
    current = entry.name;
    if (entry.name in format.checks && entry.name.endsWith('.bin')) {
      const counted = cifarFormats[kind].train.includes(entry.name) ? histogram : histogramOf(cifarShape);
      gathered.set(entry.name, await storeRecords(store, kind, entry.name, entry.content, counted));
    } else {
      const text: Buffer[] = [];
      for await (const chunk of entry.content) text.push(chunk);
      if (entry.name === cifarFormats[kind].names) classes = parseNames(kind, Buffer.concat(text).toString('utf8'));
    }
    if (entry.name.endsWith('.bin')) origin.push({ name: entry.name, bytes: entry.bytes, md5: entry.md5() });
  }
  return assemble(store, { kind, source, gathered, classes, origin, normalize: statisticsOf(histogram, cifarShape) });
}

async function storeRecords(
  store: ObjectStore,
  kind: CifarKind,
  name: string,
  content: AsyncIterable<Buffer>,
  histogram: Float64Array,
): Promise<StoredFile> {
  const { labelBytes, classes } = cifarFormats[kind];
  const records = new RecordReader(name, labelBytes, classes);
  const writer = new ShardWriter(store, cifarShape, fromCifarPlanes, histogram);
  for await (const chunk of content) await writer.write(records.pixels(chunk));
  return { split: await writer.end(), labels: records.labels };
}

interface Gathered {
  kind: CifarKind;
  source: string;
  gathered: Map<string, StoredFile>;
  classes: string[] | undefined;
  origin: DatasetManifest['origin']['files'];
  normalize: DatasetManifest['normalize'];
}

async function assemble(store: ObjectStore, of: Gathered): Promise<DatasetManifest> {
  const { kind, source, gathered, classes, origin, normalize } = of;
  const { name, folder, archive, train, test, names } = cifarFormats[kind];
  const required = [...train, test];
  const absent = required.filter((file) => !gathered.has(file));
  if (absent.length > 0 || classes === undefined)
    throw new DatasetError(
      `"${shownSource(source)}" lacks ${[...absent, ...(classes ? [] : [names])].join(', ')}. ${name} has ` +
        `${[...required, names].join(', ')} in ${folder}/; use the official ${archive}, or give the folder that holds them all.`,
    );
  const splitOf = async (files: readonly string[]) => {
    const stored = files.map((file) => gathered.get(file) as StoredFile);
    return {
      count: stored.reduce((sum, { split }) => sum + split.count, 0),
      shards: stored.flatMap(({ split }) => split.shards),
      labels: await storeBlob(store, Buffer.from(stored.flatMap(({ labels }) => labels))),
    };
  };
  return {
    format: 'durable-byol-dataset/1',
    kind,
    image: cifarShape,
    classes,
    normalize,
    splits: { train: await splitOf(train), test: await splitOf([test]) },
    origin: { source: shownSource(source), files: origin.sort((a, b) => (a.name < b.name ? -1 : 1)) },
  };
}
