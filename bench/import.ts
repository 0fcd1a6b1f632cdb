import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { importDataset } from '../datasets/import';
import { philox } from '../datasets/philox';
import { openObjectStore } from '../storage/object-store';
import { startObjectStore } from '../test/servers/object-store';

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
    const bytes = await makeImages(join(folder, 'images'));
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

/** Smooth colour fields with some noise, so that sizes are like those of photographs. @returns bytes of all */
async function makeImages(folder: string): Promise<number> {
  let bytes = 0;
  for (let label = 0; label < 10; label++) await mkdir(join(folder, `class-${label}`), { recursive: true });
  for (let at = 0; at < files; at++) {
    const words = Array.from({ length: 576 }, (_, block) => philox([block, 0, 0, 0], [at, 1])).flat();
    const colours = Buffer.from(Uint32Array.from(words).buffer).subarray(0, 48 * 36 * 3);
    const image = sharp(colours, { raw: { width: 48, height: 36, channels: 3 } });
    const path = join(folder, `class-${at % 10}`, `${at}.jpg`);
    await writeFile(path, await image.resize(256, 192, { kernel: 'cubic' }).jpeg({ quality: 85 }).toBuffer());
    bytes += (await stat(path)).size;
  }
  return bytes;
}

if (require.main === module) void main();
