import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../settings/folders';

/** This program's version and, where the build names it in BYOL_COMMIT, the commit it was made from. */
export function ownVersion(environment: Environment): { version: string; commit?: string } {
  const file = join(__dirname, '..', '..', 'package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  const commit = environment['BYOL_COMMIT'];
  return commit ? { version, commit } : { version };
}
