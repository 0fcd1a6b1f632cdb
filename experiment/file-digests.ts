import { z } from 'zod';

/** A SHA-256 as 64 hexadecimal digits. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, { message: 'a sha256 is 64 digits of 0-9 and a-f' });

const fileDigest = z.object({ sha256: sha256Hex, bytes: z.int().min(0) });
export type FileDigest = z.output<typeof fileDigest>;

/** The files of a folder in storage, by their path in it. */
export const fileDigests = z.record(z.string(), fileDigest);
export type FileDigests = z.output<typeof fileDigests>;

/** @param key of an object with a digest, and where it lies */
export const notAsWritten = (key: string, missing: boolean): string =>
  `${key} is ${missing ? 'gone' : 'not the file that was written, by its SHA-256: it was cut short, changed or mixed up'}`;
