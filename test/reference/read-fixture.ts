import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of fixtures/, parsed. They stand beside the sources, not in the compiled tree: tests run from the project's folder. */
export const readFixture = (name: string): unknown =>
  JSON.parse(readFileSync(join('test', 'reference', 'fixtures', name), 'utf8'));
