import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { scratchFolder, sweepScratch } from '../../../activities/machine/scratch';

let cache: string;
beforeEach(async () => (cache = await mkdtemp(join(tmpdir(), 'byol-scratch-'))));
afterEach(() => rm(cache, { recursive: true }));

test('a folder is there for the time of the work, also of work that fails', async () => {
  let lent = '';
  const work = scratchFolder(cache, async (folder) => {
    lent = folder;
    await mkdir(join(folder, 'inside'));
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(lent).toContain(cache);
  expect(existsSync(lent)).toBe(false);
});

test('what killed workers left is removed; what others on this or another machine use is kept', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const alive = `${hostname()}_${process.ppid}_a`;
  const elsewhere = `another-machine_${gone}_b`;
  const old = `another-machine_${gone}_c`;
  for (const name of [alive, elsewhere, old, `${hostname()}_${gone}_d`, `${hostname()}_${process.pid}_e`])
    await mkdir(join(cache, 'states', name), { recursive: true });
  const threeDaysAgo = new Date(Date.now() - 72 * 3_600_000);
  await utimes(join(cache, 'states', old), threeDaysAgo, threeDaysAgo);
  expect(await sweepScratch(cache)).toBe(3);
  expect((await readdir(join(cache, 'states'))).sort()).toEqual([elsewhere, alive].sort());
});

test('a cache that is not there yet is swept', async () => {
  expect(await sweepScratch(join(cache, 'nowhere'))).toBe(0);
});
