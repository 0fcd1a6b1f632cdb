import { createHash } from 'node:crypto';
import type { ExperimentSpec } from './resolve';

/** JSON with the keys of every map sorted and undefined left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

/**
 * Names a spec by its content: sha256 of its canonical JSON, in hex. Not for workflow code (node:crypto): the command
 * line computes it, and workflows carry it.
 */
export function specDigest(spec: ExperimentSpec): string {
  return contentDigest(spec);
}

/** Names any plain data by its content, in the same way. */
export function contentDigest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
