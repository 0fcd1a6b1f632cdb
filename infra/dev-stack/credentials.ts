import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivate } from './private-file';
import { DevStackError } from './stack-error';

const schema = z.object({ accessKeyId: z.string().min(8), secretAccessKey: z.string().min(16) });
export type Credentials = z.infer<typeof schema>;

const fileIn = (dataDir: string) => path.join(dataDir, 'credentials.json');

/** The credentials of the stack's object storage, made once for a data folder and readable by this user alone. */
export function ensureCredentials(dataDir: string): Credentials {
  const known = readCredentials(dataDir);
  if (known) {
    chmodSync(fileIn(dataDir), 0o600);
    return known;
  }
  const made = {
    accessKeyId: `byol${randomBytes(8).toString('hex')}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  writePrivate(fileIn(dataDir), JSON.stringify(made, null, 2));
  return made;
}

/**
 * @returns null when the data folder has none yet
 * @throws DevStackError when the file is not what ensureCredentials wrote
 */
export function readCredentials(dataDir: string): Credentials | null {
  let text: string;
  try {
    text = readFileSync(fileIn(dataDir), 'utf8');
  } catch {
    return null;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new DevStackError(
      `${fileIn(dataDir)} does not hold the object storage's credentials.`,
      'Delete it: new ones are made at the next start.',
      { cause: error },
    );
  }
}
