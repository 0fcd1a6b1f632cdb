import { z } from 'zod';
import type { ExperimentSpec } from '../experiment/resolve';
import { canonicalJson, sha256 } from '../storage/canonical-json';
import * as keys from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { datasetManifest, type DatasetManifest } from './manifest';
import { importMnist, type ImportOptions } from './mnist-idx';
import { DatasetError } from './errors';

const sourceRecord = z.strictObject({ manifest: z.string() });

export interface ImportedDataset {
  /** Of the manifest's content, without where it came from. */
  digest: string;
  manifest: DatasetManifest;
  /** false: the bucket had it already. */
  fetched: boolean;
}

/**
 * Brings a dataset into the bucket as sharded uint8 objects. What the bucket holds whole already is not fetched again.
 * The manifest comes last: a broken import leaves nothing that a later one would trust.
 *
 * @throws DatasetError when the source is not what it should be
 */
export async function importDataset(
  store: ObjectStore,
  dataset: ExperimentSpec['dataset'],
  options: ImportOptions & { scratch: string },
): Promise<ImportedDataset> {
  const sourceKey = keys.datasetSource(sha256(canonicalJson(identity(dataset))));
  const known = await knownDataset(store, sourceKey);
  if (known) return { ...known, fetched: false };
  const manifest = await importKind(store, dataset, options);
  const digest = manifestDigest(manifest);
  const bytes = Buffer.from(canonicalJson(manifest));
  await store.put(keys.datasetManifest(digest), bytes, { contentType: 'application/json' });
  await store.put(sourceKey, Buffer.from(JSON.stringify({ manifest: digest })), { contentType: 'application/json' });
  return { digest, manifest, fetched: true };
}

/** What of the spec decides which content is fetched. */
const identity = ({ kind, source, ...rest }: ExperimentSpec['dataset']) => ({
  kind,
  source,
  files: 'files' in rest ? rest.files : undefined,
});

async function importKind(
  store: ObjectStore,
  dataset: ExperimentSpec['dataset'],
  options: ImportOptions,
): Promise<DatasetManifest> {
  if (dataset.kind === 'mnist-idx') return importMnist(store, dataset.source, options);
  return Promise.reject(new DatasetError('STL10 cannot be imported yet.'));
}

/** SHA-256 of the manifest without its origin. */
export const manifestDigest = ({ origin: _, ...content }: DatasetManifest): string => sha256(canonicalJson(content));

async function knownDataset(
  store: ObjectStore,
  sourceKey: string,
): Promise<{ digest: string; manifest: DatasetManifest } | null> {
  const record = await store.getIfPresent(sourceKey);
  const parsed = record && sourceRecord.safeParse(json(record.body));
  if (!parsed?.success) return null;
  const stored = await store.getIfPresent(keys.datasetManifest(parsed.data.manifest));
  const manifest = stored && datasetManifest.safeParse(json(stored.body));
  if (!manifest?.success || manifestDigest(manifest.data) !== parsed.data.manifest) return null;
  return (await isWhole(store, manifest.data)) ? { digest: parsed.data.manifest, manifest: manifest.data } : null;
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}

async function isWhole(store: ObjectStore, manifest: DatasetManifest): Promise<boolean> {
  const blobs = Object.values(manifest.splits).flatMap((split) =>
    split ? [...split.shards, ...(split.labels ? [split.labels] : [])] : [],
  );
  for (const { sha256: digest, bytes } of blobs)
    if ((await store.head(keys.datasetBlob(digest)))?.bytes !== bytes) return false;
  return true;
}
