import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importDataset, type ImportedDataset } from '../../datasets/import';
import { downloadShards, readLabels } from '../../datasets/read';
import type { SplitName } from '../../datasets/manifest';
import type { ParsedSpec } from '../../experiment/spec';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startObjectStore } from '../servers/object-store';
import { readFile } from 'node:fs/promises';

/** A real object store, a folder for files, and imports into a bucket's prefix of each test's own. */
export interface ImportingBench {
  folder: string;
  /** Of this test. */
  store(): ObjectStore;
  begin(): void;
  import(
    dataset: ParsedSpec['dataset'],
    o?: { signal?: AbortSignal; onProgress?: () => void },
  ): Promise<ImportedDataset>;
  images(imported: ImportedDataset, split: SplitName): Promise<Buffer>;
  labels(imported: ImportedDataset, split: SplitName): Promise<number[]>;
  keys(prefix?: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startImportingBench(): Promise<ImportingBench> {
  const server = await startObjectStore();
  const folder = await mkdtemp(join(tmpdir(), 'byol-datasets-'));
  let begun = 0;
  let store = openObjectStore(server.settings);
  return {
    folder,
    store: () => store,
    begin: () => {
      store.close();
      store = openObjectStore(server.with({ prefix: `datasets-${begun++}` }));
    },
    import: (dataset, { signal = new AbortController().signal, onProgress = () => undefined } = {}) =>
      importDataset(store, dataset, { scratch: join(folder, 'scratch'), signal, onProgress }),
    images: async ({ manifest }, split) => {
      const paths = await downloadShards(store, manifest, split, join(folder, 'shards'));
      return Buffer.concat(await Promise.all(paths.map((path) => readFile(path))));
    },
    labels: async ({ manifest }, split) => [...(await readLabels(store, manifest, split))],
    keys: async (prefix = '') => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    },
    stop: async () => {
      store.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Everything that a later run would trust; shards alone are trusted by nobody. */
export const committed = async (bench: ImportingBench) =>
  (await bench.keys()).filter((key) => !key.startsWith('datasets/blobs/'));
