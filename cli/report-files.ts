import { join } from 'node:path';
import { z } from 'zod';
import { fileDigests, notAsWritten, type FileDigests } from '../experiment/file-digests';
import { sha256 } from '../storage/integrity';
import { experimentSpec, report } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { fetchVerified, fillFolder } from './filled-folder';
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
 * Copies an experiment's report from storage into a folder, over what lies there under the same names: all of it, or
 * nothing. Each file is checked against the digest that it was written with.
 * @throws {CliFailure} when there is none yet, when one is damaged or gone, or when the folder cannot be written
 */
export async function fetchReport(store: ObjectStore, name: string, folder: string): Promise<ReportFiles> {
  const digests = Object.entries(await digestsOf(store, name));
  const wanted = digests.map(([file, { sha256 }]) => ({ key: report(name, file), file, sha256 }));
  const files = await fillFolder(folder, (to) =>
    fetchVerified(store, wanted, to, (what, cause) => refused(name, what, cause)),
  );
  return { folder, page: join(folder, 'index.html'), files };
}

/**
 * One file of an experiment's report, as it was written.
 * @throws {CliFailure} when there is none yet, or when it is damaged or gone
 */
export async function readReportFile(store: ObjectStore, name: string, file: string): Promise<string> {
  const digest = (await digestsOf(store, name))[file];
  const key = report(name, file);
  const found = digest && (await store.getIfPresent(key));
  if (found && sha256(found.body) === digest.sha256) return found.body.toString('utf8');
  throw refused(name, notAsWritten(`${key} in ${store.location}`, !found), undefined);
}

async function digestsOf(store: ObjectStore, name: string): Promise<FileDigests> {
  checkName(name);
  const key = report(name, 'files.json');
  const listed = await store.getIfPresent(key);
  if (!listed) throw new CliFailure(exitCodes.input, await whyNone(store, name));
  return filesOf(listed.body, name, `${key} in ${store.location}`);
}

/** Names of our own alone, so that nothing gets out of the folder. */
const written = z.object({
  files: fileDigests.refine(
    (files) => 'index.html' in files && Object.keys(files).every((file) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(file)),
    'it has other files than a report',
  ),
});

function filesOf(body: Buffer, name: string, what: string): FileDigests {
  try {
    return written.parse(JSON.parse(body.toString('utf8'))).files;
  } catch (error) {
    throw refused(
      name,
      `${what} is not what byol writes there (${(error as Error).message.replace(/\s+/g, ' ')})`,
      error,
    );
  }
}

const refused = (name: string, what: string, cause: unknown) =>
  new CliFailure(
    exitCodes.input,
    `The report of "${name}" cannot be used: ${what}. "byol resume ${name} --again" writes it anew; nothing is trained again.`,
    { cause },
  );

async function whyNone(store: ObjectStore, name: string): Promise<string> {
  if ((await store.head(report(name, 'index.html'))) !== null)
    return (
      `The report of "${name}" was written by an older version of byol, without the digests of its files. ` +
      `"byol resume ${name} --again" writes it anew; nothing is trained again.`
    );
  const lost = await lostInSweep(store, name);
  if (lost === null && (await store.head(experimentSpec(name))) === null)
    return `There is no experiment "${name}" in ${store.location}. "byol list" shows those that Temporal knows.`;
  const others =
    lost ??
    `: it is written when the experiment is complete. "byol status ${name}" tells how far it is, "byol list" which ` +
      `experiments there are.`;
  return `There is no report of "${name}" in ${store.location}${others}`;
}
