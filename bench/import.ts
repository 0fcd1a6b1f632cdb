import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { importDataset } from '../datasets/import';
import { openObjectStore } from '../storage/object-store';
import { startObjectStore } from '../test/servers/object-store';
import { makeJpegs } from './jpegs';

/**
 * How long it takes to import JPEGs of 256 x 192: `node dist/bench/import.js [files]`, by default 10,000. They are made
 * first, into the folder for temporary files (about 0.3 GB).
 */
const files = Number(process.argv[2] ?? 10_000);

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'byol-import-'));
  const server = await startObjectStore();
  const store = openObjectStore(server.settings);
  try {
    const bytes = await makeJpegs(join(folder, 'images'), files);
    process.stdout.write(
      `${files} JPEGs of 256 x 192, ${(bytes / 1e6).toFixed(0)} MB, in 10 class folders; ${cpus().length} cores, ` +
        `${cpus()[0]?.model ?? 'unknown'}; node ${process.version}, sharp ${sharp.versions.sharp ?? ''}; SeaweedFS on the same machine\n`,
    );
    const dataset = { kind: 'images', source: join(folder, 'images'), size: 96, channels: 3, fit: 'crop' } as const;
    const settings = { unlabelled: 'all', validation: 0.2, test: 0.2, tolerate: 0 } as const;
    const importing = {
      scratch: join(folder, 'scratch'),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    };
    for (const what of ['first import, to 96 x 96', 'second import of the same files']) {
      const before = Date.now();
      const { fetched, manifest } = await importDataset(store, { ...dataset, ...settings }, importing);
      const seconds = (Date.now() - before) / 1000;
      process.stdout.write(
        `${what}: ${seconds.toFixed(1)} s, ${Math.round(files / seconds)} files/s; ${fetched ? 'stored' : 'known'}: ` +
          `train ${manifest.splits.train.count}, test ${manifest.splits.test.count}; peak memory of the process so far ` +
          `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB\n`,
      );
    }
  } finally {
    store.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (require.main === module) void main();
