import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { percent } from '../experiment/percent';
import type { AppliedModel } from '../activities/apply/apply-model';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { makeFolder } from './filled-folder';

/** Brings one of the objects that were written to a file here. */
export async function fetchApplied(store: ObjectStore, { written }: AppliedModel, name: string, to: string) {
  makeFolder(dirname(to));
  await store.download(keyOf(written, name), to);
}

const keyOf = (written: AppliedModel['written'], name: string): string => {
  const key = written[name];
  if (key !== undefined) return key;
  throw new CliFailure(exitCodes.failed, `The worker wrote no ${name}: it is of another version than this command.`);
};

/** Each line of an object of JSON lines. */
export async function* appliedLines<T>(
  store: ObjectStore,
  { written }: AppliedModel,
  name: string,
  schema: z.ZodType<T>,
): AsyncGenerator<T> {
  const folder = await mkdtemp(join(tmpdir(), 'byol-applied-'));
  try {
    const path = join(folder, name);
    await store.download(keyOf(written, name), path);
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    for await (const line of lines) yield schema.parse(JSON.parse(line));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Which network it was, in words. */
export function networkOf({ by: { seed, arm, labels, validationAccuracy } }: AppliedModel): string {
  if (arm === undefined) return `the pretrained encoder of seed ${seed}`;
  const accuracy = validationAccuracy === undefined ? '' : `, ${percent(validationAccuracy)} on validation`;
  const budget = labels === 'all' ? 'all labels' : `${labels} labels`;
  return `the classifier "${arm}" with ${budget}, seed ${seed}${accuracy}`;
}
