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
import { PeerProcess } from '../peer/process';
import { seconds, type BenchContext, type Side, type Stage } from './stage';
import { peerCase } from './training';

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

async function peerSide(context: BenchContext, each: Case, run: 'import' | 'load'): Promise<Side> {
  const peer = PeerProcess.open(context.python);
  const { folder, raw } = await material(context);
  const { about } = await peer.ask({ prepare: run, ...peerCase(each, context), folder, raw });
  return { measure: () => peer.value({ run: 'run' }), ...(about ? { about } : {}), close: () => peer.close() };
}

/** Into a part of the store that has seen no image yet. */
async function importAnew(server: ObjectStoreServer, context: BenchContext): Promise<ImportedDataset> {
  const folder = mkdtempSync(join(context.scratch, 'import-'));
  const store = openObjectStore(server.with({ prefix: `bench-${Date.now()}` }));
  const dataset = {
    kind: 'images',
    source: join(context.scratch, 'jpegs'),
    size: 96,
    channels: 3,
    fit: 'crop',
  } as const;
  const settings = { unlabelled: 'all', validation: 0.2, test: 0.2, tolerate: 0 } as const;
  const importing = { scratch: folder, signal: new AbortController().signal, onProgress: () => undefined };
  try {
    return await importDataset(store, { ...dataset, ...settings }, importing);
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const importing: Stage = {
  name: 'import',
  title: 'a folder of JPEGs of 256 x 192 to images of 96 x 96 (ours: surveyed, in S3 with digests; PyTorch: in memory)',
  unit: 'images/s',
  better: 'more',
  of,
  open: async (context, each) => {
    const peer = await peerSide(context, each, 'import');
    const server = await startObjectStore();
    const measure = async () => files / (await seconds(() => importAnew(server, context)));
    return { ours: { measure, close: () => server.stop() }, peer };
  },
};

const shards: Stage = {
  name: 'shards',
  title: "shards of a dataset from S3 to this machine's disk, digests checked (SeaweedFS on the same machine)",
  unit: 'MB/s',
  better: 'more',
  of,
  open: async (context) => {
    await material(context);
    const server = await startObjectStore();
    const store = openObjectStore(server.with({ prefix: 'bench-shards' }));
    const source = join(context.scratch, 'jpegs');
    const dataset = { kind: 'images', source, size: 512, channels: 3, fit: 'crop' } as const;
    const settings = { unlabelled: 'all', validation: 0.2, test: 0.2, tolerate: 0 } as const;
    const signal = new AbortController().signal;
    const where = { scratch: context.scratch, signal, onProgress: () => undefined };
    const { manifest } = await importDataset(store, { ...dataset, ...settings }, where);
    const bytes = manifest.splits.train.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    const measure = async () => {
      const folder = join(context.scratch, 'shards');
      mkdirSync(folder, { recursive: true });
      const took = await seconds(() => downloadShards(store, manifest, 'train', folder));
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
    const peer = await peerSide(context, each, 'load');
    const opened = await EngineProgram.open(each, { scratch: context.scratch });
    const raw = join(context.scratch, 'raw');
    const measure = async () => (loaded * 96 * 96 * 3) / 1e6 / (await seconds(() => opened.load(raw, loaded)));
    return { ours: { measure, close: () => opened.stop() }, peer };
  },
};

export const imageStages: readonly Stage[] = [importing, shards, load];
