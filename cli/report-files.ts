import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownFolderMarker } from '../experiment/names';
import { report } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { checkName } from './record';
import { lostInSweep } from './sweep/lost';

/** Page, Markdown and data of a report, as files here. */
export interface ReportFiles {
  folder: string;
  /** The HTML page. */
  page: string;
  files: string[];
}

export const defaultReportFolder = (name: string): string => join('reports', name);

/**
 * Copies an experiment's report from storage into a folder, over what lies there under the same names.
 * @throws {CliFailure} when there is none yet, or when the folder cannot be written
 */
export async function fetchReport(store: ObjectStore, name: string, folder: string): Promise<ReportFiles> {
  checkName(name);
  const prefix = `${dirname(report(name, 'index.html'))}/`;
  const files: string[] = [];
  for await (const { key } of store.list(prefix)) {
    const file = key.slice(prefix.length);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(file)) continue; // nothing of ours, and no path out of the folder
    makeFolder(folder);
    await store.download(key, join(folder, file));
    files.push(join(folder, file));
  }
  const page = files.find((file) => file.endsWith('.html'));
  if (page !== undefined) return { folder, page, files };
  throw new CliFailure(
    exitCodes.input,
    `There is no report of "${name}" in ${store.location}` +
      ((await lostInSweep(store, name)) ??
        `: it is written when the experiment is complete. "byol status ${name}" tells how far it is, "byol list" which ` +
          `experiments there are.`),
  );
}

/**
 * A folder that is made here is marked, so that it is never taken for data where it lies among images.
 * @returns the first folder that was made, of those above it too; undefined where it was there
 */
export function makeFolder(folder: string): string | undefined {
  try {
    const made = mkdirSync(folder, { recursive: true });
    if (made !== undefined) writeFileSync(join(folder, ownFolderMarker), '');
    return made;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure(exitCodes.input, `The folder ${folder} cannot be made (${why}). Name another one with -o.`, {
      cause: error,
    });
  }
}
