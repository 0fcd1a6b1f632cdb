import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `training/` was when a figure was measured: 12 hexadecimal digits, of the content of its files and their places.
 *
 * @param folder the sources
 */
export function trainingVersion(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const hash = createHash('sha256');
  for (const path of files.sort()) {
    const content = readFileSync(join(folder, path));
    hash.update(`${path.replaceAll('\\', '/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
