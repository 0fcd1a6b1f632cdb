// @ts-check
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from './progress.mjs';

const TAKE = 'import fcntl; fcntl.flock(3, fcntl.LOCK_EX | fcntl.LOCK_NB)';

/**
 * Waits until no other set-up works in the same cache. The lock is the kernel's flock, which belongs to the open file
 * and so to this process and to the children that inherit the descriptor: it goes when the last of them ends, however
 * they end, and there are no stale locks. Node cannot flock; Python can, on the descriptor it inherits.
 * @param {string} cache
 * @param {string} python
 * @returns {Promise<{ descriptor: number, release: () => void }>}
 */
export async function takeLock(cache, python) {
  mkdirSync(cache, { recursive: true });
  const file = path.join(cache, 'setup.lock');
  const descriptor = openSync(file, 'a+');
  let said = false;
  while (spawnSync(python, ['-c', TAKE], { stdio: ['ignore', 'ignore', 'ignore', descriptor] }).status !== 0) {
    if (!said)
      progress.note(`Another set-up (process ${readFileSync(file, 'utf8').trim() || '?'}) is at work: waiting for it.`);
    said = true;
    await sleep(500);
  }
  writeFileSync(file, `${process.pid}\n`);
  return { descriptor, release: () => closeSync(descriptor) };
}
