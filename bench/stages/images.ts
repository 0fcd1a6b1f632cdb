import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importDataset, type ImportedDataset } from '../../datasets/import';
import { downloadShards } from '../../datasets/read';
import { openObjectStore } from '../../storage/object-store';
import { startObjectStore, type ObjectStoreServer } from '../../test/servers/object-store';
import type { Case } from '../cases';
import { EngineProgram } from '../engine-program';
import { makeJpegs } from '../jpegs';
import { peerSide } from '../peer/side';
import { timed } from '../timed';
import { bothSides, orClosed, type BenchContext, type Stage } from './stage';

const files = 1000;
/** Images of 96 x 96 in colour that are loaded from one file: 110 MB. */
const loaded = 4000;

/** Reading images has nothing to do with batches and precision. */
const of = ({ network, batch, precision }: Case) => network === 'resnet18' && batch === 64 && precision === 'fp32';

/** The folder of JPEGs and the file of raw images; made once. */
async function material({ scratch }: BenchContext): Promise<{ folder: string; raw: string }> {
  const [folder, raw] = [join(scratch, 'jpegs'), join(scratch, 'raw')];
  if (!existsSync(raw)) {
    await makeJpegs(folder, files);
    writeFileSync(raw, randomBytes(loaded * 96 * 96 * 3));
  }
  return { folder, raw };
}

/** The JPEGs as images of so many pixels, in a part of the store that has seen no image yet. */
async function importAnew(
  server: ObjectStoreServer,
  { scratch }: BenchContext,
  { source, size }: { source: string; size: number },
): Promise<ImportedDataset & { store: ReturnType<typeof openObjectStore> }> {
  const folder = mkdtempSync(join(scratch, 'import-'));
  const store = openObjectStore(server.with({ prefix: `bench-${Date.now()}` }));
  const dataset = { kind: 'images', source, size, channels: 3, fit: 'crop' } as const;
  const settings = { unlabelled: 'all', validation: 0.2, test: 0.2, tolerate: 0 } as const;
  const importing = { scratch: folder, signal: new AbortController().signal, onProgress: () => undefined };
  const imported = await orClosed(
    () => Promise.resolve(store.close()),
    () => importDataset(store, { ...dataset, ...settings }, importing),
  ).finally(() => rmSync(folder, { recursive: true, force: true }));
  return { ...imported, store };
}

const importing: Stage = {
  name: 'import',
  title: 'a folder of JPEGs of 256 x 192 to images of 96 x 96 (ours: surveyed, in S3 with digests; PyTorch: in memory)',
  unit: 'images/s',
  better: 'more',
  of,
  open: async (context, each) => {
    const { folder } = await material(context);
    const server = await startObjectStore();
    const once = async () => (await importAnew(server, context, { source: folder, size: 96 })).store.close();
    const ours = { measure: async () => files / (await timed(once)), close: () => server.stop() };
    return bothSides(Promise.resolve(ours), () => peerSide(context, each, { prepare: 'import', folder }));
  },
};

const shards: Stage = {
  name: 'shards',
  title: "shards of a dataset from S3 to this machine's disk, digests checked (SeaweedFS on the same machine)",
  unit: 'MB/s',
  better: 'more',
  of,
  open: async (context) => {
    const { folder: source } = await material(context);
    const server = await startObjectStore();
    const anew = () => importAnew(server, context, { source, size: 512 });
    const { manifest, store } = await orClosed(() => server.stop(), anew);
    const bytes = manifest.splits.train.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    const measure = async () => {
      const folder = join(context.scratch, 'shards');
      mkdirSync(folder, { recursive: true });
      const took = await timed(() => downloadShards(store, manifest, 'train', folder));
      rmSync(folder, { recursive: true });
      return bytes / 1e6 / took;
    };
    const close = async () => {
      store.close();
      await server.stop();
    };
    return { ours: { measure, close }, peer: null };
  },
};

const load: Stage = {
  name: 'load',
  title: "raw images from this machine's disk into the memory of training",
  unit: 'MB/s',
  better: 'more',
  of,
  open: async (context, each) => {
    const { raw } = await material(context);
    const opened = await EngineProgram.open(each, { scratch: context.scratch });
    const measure = async () => (loaded * 96 * 96 * 3) / 1e6 / (await timed(() => opened.load(raw, loaded)));
    const ours = { measure, close: () => opened.stop() };
    return bothSides(Promise.resolve(ours), () => peerSide(context, each, { prepare: 'load', raw }));
  },
};

export const imageStages: readonly Stage[] = [importing, shards, load];
