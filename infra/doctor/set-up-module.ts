import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** One of the modules of set-up (infra/bootstrap/), which are ES modules: the doctor judges by set-up's own rules. */
export async function setUpModule<T>(name: string): Promise<T> {
  const file = path.join(__dirname, '..', '..', '..', 'infra', 'bootstrap', `${name}.mjs`);
  return (await import(pathToFileURL(file).href)) as T;
}
