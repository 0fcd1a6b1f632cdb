import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Dataset, DatasetOf } from '../experiment/datasets';
import { canonicalJson } from '../experiment/digest';
import { sha256Hex } from '../experiment/file-digests';
import { sha256 } from '../storage/integrity';
import { datasetBlob, datasetManifest as manifestKey, datasetSource } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { cifarIdentity, importCifar } from './cifar';
import { DatasetError } from './errors';
import { imagesIdentity, importImages } from './images/import-images';
import { listImages, renameClasses } from './images/listing';
import type { Importing } from './importing';
import { blobsOf, datasetManifest, manifestDigest, type DatasetManifest } from './manifest';
import { fingerprintMnist, mnistFiles, readMnistFiles, type IdxBytes, type MnistFile } from './mnist-files';
import { storeMnist } from './mnist-idx';
import { loadManifest, parseJson } from './read';
import { isUrl, shownSource } from './remote';
import { importStl10, stl10Identity } from './stl10';
import { stl10Checks } from './stl10-files';

export interface ImportedDataset {
  /** names the manifest, and so the content */
  digest: string;
  manifest: DatasetManifest;
  /** false: the bucket had this content already, and nothing was read or only what tells that it is the same */
  fetched: boolean;
}

/**
 * Brings a dataset into the bucket: checked, as shards of uint8 images and files of labels, with a manifest that is
 * written last. What is there already is not fetched again; what is damaged there is mended. An import that fails
 * leaves at most shards that nothing refers to.
 * @throws DatasetError (a wrong file: trying again cannot help), DownloadError, StorageError, the signal's own reason
 */
export async function importDataset(
  store: ObjectStore,
  dataset: Dataset,
  importing: Importing,
): Promise<ImportedDataset> {
  await mkdir(importing.scratch, { recursive: true });
  switch (dataset.kind) {
    case 'mnist-idx':
      return importMnist(store, dataset, importing);
    case 'stl10': {
      const checks = stl10Checks(dataset.files);
      const identity = await stl10Identity(dataset, checks, importing);
      return importOnce(store, identity, () => importStl10(store, dataset, checks, importing));
    }
    case 'cifar10':
    case 'cifar100': {
      const identity = await cifarIdentity(dataset, importing);
      return importOnce(store, identity, () => importCifar(store, dataset, importing));
    }
    case 'images':
      return importOwn(store, dataset, importing);
  }
}

/** What the source led to before, or what `read` makes of it. */
async function importOnce(
  store: ObjectStore,
  identity: unknown,
  read: () => Promise<DatasetManifest>,
): Promise<ImportedDataset> {
  const digest = sourceDigest(identity);
  return (await knownDataset(store, digest)) ?? commitDataset(store, digest, await read());
}

/** An archive whose digest the spec states is known before it is fetched. */
function archiveIdentity(dataset: DatasetOf<'images'>): object | null {
  const { archive, source: _source, unlabelled: _unlabelled, validation: _validation, ...rest } = dataset;
  return isUrl(dataset.source) && (archive?.sha256 ?? archive?.md5) ? { ...rest, archive } : null;
}

/** Images of one's own: what was unpacked or fetched for them is removed again. */
async function importOwn(
  store: ObjectStore,
  dataset: DatasetOf<'images'>,
  importing: Importing,
): Promise<ImportedDataset> {
  const scratch = await mkdtemp(join(importing.scratch, 'images-'));
  try {
    const request = { ...dataset, source: shownSource(dataset.source) };
    const named = archiveIdentity(dataset);
    const known = named && (await knownDataset(store, sourceDigest(named)));
    if (known) return known;
    const openBucket = (bucket: string, prefix: string) => store.elsewhere(bucket, prefix);
    const { archive, source, classNames = {} } = dataset;
    const found = await listImages(source, { ...importing, scratch, openBucket, ...(archive ? { archive } : {}) });
    const listing = renameClasses(found, classNames);
    const identity = named ?? (await imagesIdentity(listing, request, importing));
    return await importOnce(store, identity, () => importImages(store, listing, request, { ...importing, scratch }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function importMnist(
  store: ObjectStore,
  dataset: DatasetOf<'mnist-idx'>,
  importing: Importing,
): Promise<ImportedDataset> {
  const { kind, source, md5 } = dataset;
  let files: Record<MnistFile, IdxBytes> | null = null;
  const read = async () => (files ??= await readMnistFiles(source, md5, importing));
  const content = async (): Promise<object> => {
    if (md5) return { md5 };
    const fingerprint = isUrl(source) ? await fingerprintMnist(source, importing.signal) : null;
    if (fingerprint !== null) return { source, fingerprint };
    const found = await read();
    return { files: Object.keys(mnistFiles).map((key) => sha256(found[key as MnistFile].bytes)) };
  };
  const identity = { kind, ...(await content()), ...(dataset.classes ? { classes: dataset.classes } : {}) };
  return importOnce(store, identity, async () => storeMnist(store, dataset, await read()));
}

/** `format` is part of it: a later version of the importer does not trust what an earlier one made of a source. */
const sourceDigest = (identity: unknown) => sha256(canonicalJson({ format: 'durable-byol-source/1', identity }));

const sourceRecord = z.strictObject({ manifest: sha256Hex });

/** What this source led to before, if that is all there: every object with its size. */
async function knownDataset(store: ObjectStore, source: string): Promise<ImportedDataset | null> {
  const record = await store.getIfPresent(datasetSource(source));
  const digest = record && sourceRecord.safeParse(parseJson(record.body)).data?.manifest;
  if (!digest) return null;
  const manifest = await loadManifest(store, digest).catch((error: unknown) => {
    if (error instanceof DatasetError) return null;
    throw error;
  });
  if (manifest === null) return null;
  for (const { sha256: blob, bytes } of blobsOf(manifest)) {
    if ((await store.head(datasetBlob(blob)))?.bytes !== bytes) return null;
  }
  return { digest, manifest, fetched: false };
}

/** The manifest comes after everything that it names, and the source's record last. */
async function commitDataset(store: ObjectStore, source: string, imported: DatasetManifest): Promise<ImportedDataset> {
  const manifest = datasetManifest.parse(imported);
  const digest = manifestDigest(manifest);
  const body = Buffer.from(JSON.stringify(manifest, null, 1));
  const options = { contentType: 'application/json' };
  if ((await store.putIfAbsent(manifestKey(digest), body, options)) === 'exists') {
    // The same content from another place keeps its manifest, unless that was damaged.
    const there = await loadManifest(store, digest).catch(() => null);
    if (there === null) await store.put(manifestKey(digest), body, options);
  }
  await store.put(datasetSource(source), Buffer.from(JSON.stringify({ manifest: digest })), options);
  return { digest, manifest, fetched: true };
}
