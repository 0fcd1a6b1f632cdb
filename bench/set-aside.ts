import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readResults } from './results-file';
import { benchPage } from './table';

/** A file of results and the page that is made of it. */
export interface Record {
  results: string;
  page: string;
}

/** A processor in a file's name: "amd-epyc-25-17" for "AMD EPYC (family 25, model 17)". */
export const fileNameOf = (cpu: string): string =>
  cpu
    .toLowerCase()
    .replace(/\((?:r|tm)\)|processor|family|model/g, ' ')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/**
 * Makes room for what this processor measures: results of another one get its name and stay, and results that this one had
 * before that come back.
 */
export function makeRoom(record: Record, cpu: string, say: (line: string) => void): void {
  const earlier = readResults(record.results, say);
  if (earlier?.machine.cpu === cpu) return;
  if (earlier) {
    const aside = named(record, earlier.machine.cpu);
    move(record, aside, say);
    say(`  ${record.results} was of another processor (${earlier.machine.cpu}): it is ${aside.results} now.`);
  }
  const own = named(record, cpu);
  if (existsSync(own.results)) move(own, record, say);
}

const named = ({ results, page }: Record, cpu: string): Record => ({
  results: results.replace(/\.json$/, `-${fileNameOf(cpu)}.json`),
  page: page.replace(/\.md$/, `-${fileNameOf(cpu)}.md`),
});

function move(from: Record, to: Record, say: (line: string) => void): void {
  renameSync(from.results, to.results);
  rmSync(from.page, { force: true });
  const moved = readResults(to.results, say);
  if (moved) writeFileSync(to.page, benchPage(moved, basename(to.results)));
}
