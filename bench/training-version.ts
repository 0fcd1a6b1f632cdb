import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const compilerOptions = { removeComments: true, target: ScriptTarget.ES2022, module: ModuleKind.CommonJS };

/**
 * What `training/` was when a figure was measured: 12 hexadecimal digits, of what its files run and of their places.
 * Comments and types change no figure.
 *
 * @param folder the sources
 */
export function trainingVersion(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const hash = createHash('sha256');
  for (const path of files.sort()) {
    const content = transpileModule(readFileSync(join(folder, path), 'utf8'), { compilerOptions }).outputText;
    hash.update(`${path.replaceAll('\\', '/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
