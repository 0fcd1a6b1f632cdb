import type { DatasetOf } from '../experiment/datasets';
import type { ObjectStore } from '../storage/object-store';
import { DatasetError } from './errors';
import type { Importing } from './importing';
import type { DatasetManifest, DatasetSplit } from './manifest';
import { shownSource } from './remote';
import { ShardWriter, storeBlob } from './shards';
import { officialFiles, uncheckedContent, type DatasetEntry } from './official-files';
import type { FileCheck } from './official-format';
import {
  parseClassNames,
  parseFolds,
  fromStl10Planes,
  requiredFiles,
  stl10Format,
  stl10Classes,
  stl10Shape,
  zeroBased,
} from './stl10-files';

/** As the files name them. */
type FileSplit = 'train' | 'test' | 'unlabeled';

/** What the files that have come so far amount to. */
interface Gathered {
  images: Partial<Record<FileSplit, DatasetSplit>>;
  labels: Partial<Record<string, { sha256: string; bytes: number }>>;
  normalize?: DatasetManifest['normalize'];
  classes?: string[];
  folds?: string;
  files: DatasetManifest['origin']['files'];
}

/** Names the content of a source, wherever it is fetched from: by what its files must be, and what else is found. */
export async function stl10Identity(
  { kind, source, folds }: DatasetOf<'stl10'>,
  checks: Record<string, FileCheck>,
  { signal }: Importing,
): Promise<object> {
  const unchecked = await uncheckedContent(source, stl10Format(checks), { whole: folds === true, signal });
  return { kind, files: checks, ...(folds ? { folds: true } : {}), ...unchecked };
}

/**
 * Streams STL10's files, in whatever order they come, into shards of uint8 NHWC images; every file's size is checked
 * before and its md5 after its bytes have gone by. Nothing refers to what was stored until the whole is right.
 * @throws DatasetError, DownloadError, StorageError
 */
export async function importStl10(
  store: ObjectStore,
  { source, folds }: DatasetOf<'stl10'>,
  checks: Record<string, FileCheck>,
  { signal, onProgress }: Importing,
): Promise<DatasetManifest> {
  const gathered: Gathered = { images: {}, labels: {}, files: [] };
  let current = '';
  const entries = officialFiles(source, stl10Format(checks), signal, (bytes, total) =>
    onProgress({ file: current, bytes, ...(total === undefined ? {} : { totalBytes: total }) }),
  );
  for await (const entry of entries) {
    current = entry.name;
    await gather(store, entry, gathered);
    gathered.files.push({ name: entry.name, bytes: entry.bytes, md5: entry.md5() });
  }
  return assemble(store, gathered, source, folds === true);
}

async function gather(store: ObjectStore, { name, content }: DatasetEntry, gathered: Gathered): Promise<void> {
  const images = /^(train|test|unlabeled)_X\.bin$/.exec(name)?.[1] as FileSplit | undefined;
  if (images !== undefined) {
    const writer = new ShardWriter(store, stl10Shape, fromStl10Planes);
    for await (const chunk of content) await writer.write(chunk);
    gathered.images[images] = await writer.end();
    if (images === 'train') gathered.normalize = writer.statistics();
    return;
  }
  const whole: Buffer[] = [];
  for await (const chunk of content) whole.push(chunk);
  const bytes = Buffer.concat(whole);
  if (name === 'class_names.txt') gathered.classes = parseClassNames(bytes.toString('utf8'));
  if (name === 'fold_indices.txt') gathered.folds = bytes.toString('utf8');
  if (name.endsWith('_y.bin')) gathered.labels[name] = await storeBlob(store, zeroBased(name, bytes));
}

async function assemble(
  store: ObjectStore,
  gathered: Gathered,
  source: string,
  folds: boolean,
): Promise<DatasetManifest> {
  const absent = requiredFiles.filter((name) => !gathered.files.some((file) => file.name === name));
  const { train, test, unlabeled } = gathered.images;
  const [trainLabels, testLabels] = [gathered.labels['train_y.bin'], gathered.labels['test_y.bin']];
  if (!train || !test || !unlabeled || !trainLabels || !testLabels || !gathered.normalize || absent.length > 0) {
    throw new DatasetError(
      `"${shownSource(source)}" lacks ${absent.join(', ')}. STL10 has ${requiredFiles.join(', ')} in stl10_binary/; use ` +
        `the official archive, or give the folder that holds them all.`,
    );
  }
  return {
    format: 'durable-byol-dataset/1',
    kind: 'stl10',
    image: stl10Shape,
    classes: gathered.classes ?? [...stl10Classes],
    normalize: gathered.normalize,
    splits: {
      unlabelled: unlabeled,
      train: {
        ...train,
        labels: trainLabels,
        ...(folds ? { folds: await storeFolds(store, gathered, train.count) } : {}),
      },
      test: { ...test, labels: testLabels },
    },
    origin: {
      source: shownSource(source),
      files: gathered.files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    },
  };
}

async function storeFolds(store: ObjectStore, { folds }: Gathered, images: number) {
  if (folds !== undefined) return storeBlob(store, Buffer.from(JSON.stringify(parseFolds(folds, images))));
  throw new DatasetError(
    `dataset.folds asks for STL10's ten folds, and the source has no fold_indices.txt: use the official archive, or the ` +
      `folder that it unpacks to; or leave dataset.folds out.`,
  );
}
