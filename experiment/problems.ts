import type { z } from 'zod';
import { keysAt, pathsEndingIn } from './json-schema';
import { suggest } from './suggest';

type Issue = z.core.$ZodIssue;

/** A spec that cannot be used; the message is one paragraph a problem, each with its path, what is allowed and what was given. */
export class SpecError extends Error {
  override readonly name = 'SpecError';
  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? `The spec is wrong: ${problems[0]}`
        : `The spec is wrong in ${problems.length} places:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

/** `pretraining.views.first[2].p` */
export const dotted = (path: readonly PropertyKey[]): string =>
  path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? String(key) : `.${String(key)}`)).join('');

/** A value as it stands in a message: JSON, cut at 80 characters. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined | null)?.[key], root);

const didYouMean = (words: readonly string[]) => (words.length > 0 ? ` Did you mean ${words.join(' or ')}?` : '');

const unknownKey = (key: string, path: readonly PropertyKey[], root: unknown): string => {
  const siblings = keysAt(path, root);
  const near = suggest(key, siblings).map((word) => dotted([...path, word]));
  const elsewhere = pathsEndingIn(key);
  const place = path.length > 0 ? `${dotted(path)} may have` : 'A spec may have';
  return `${dotted([...path, key])} is not a setting.${didYouMean(near.length > 0 ? near : elsewhere)} ${place}: ${siblings.join(', ')}.`;
};

const nouns: Record<string, string> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
};

const bound = (issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string => {
  const [limit, side] =
    issue.code === 'too_small'
      ? [issue.minimum, issue.inclusive ? 'at least' : 'more than']
      : [issue.maximum, issue.inclusive ? 'at most' : 'less than'];
  const unit =
    issue.origin === 'array' ? (limit === 1 ? ' entry' : ' entries') : issue.origin === 'string' ? ' characters' : '';
  return `${unit === '' ? 'must be' : 'must have'} ${side} ${String(limit)}${unit}`;
};

const oneOf = (options: readonly unknown[], given: unknown): string => {
  const words = options.map(String);
  const list = words.length === 1 ? words[0]! : `one of ${words.join(', ')}`;
  return `must be ${list}${typeof given === 'string' && suggest(given, words).length > 0 ? ` (did you mean ${suggest(given, words)[0]}?)` : ''}`;
};

/** The branches of a union that the value was meant for: those that it does not fail at its top, by its type alone. */
const meantBranches = (errors: readonly (readonly Issue[])[], given: unknown): (readonly Issue[])[] => {
  const ofOtherType = (issue: Issue) =>
    issue.path.length === 0 &&
    (issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof issue.values[0] !== typeof given));
  const meant = errors.filter((issues) => !issues.some(ofOtherType));
  return meant.length > 0 ? meant : [...errors];
};

const rule = (issue: Issue, given: unknown): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${nouns[issue.expected] ?? issue.expected}`;
    case 'too_small':
    case 'too_big':
      return bound(issue);
    case 'invalid_value':
      return oneOf(issue.values, given);
    case 'invalid_union':
      if (issue.errors.length === 0) return oneOf((issue as { options?: unknown[] }).options ?? [], given);
      return issue.errors
        .map((branch) => rule(branch[0]!, given))
        .join(', or ')
        .replaceAll(', or must be ', ' or ');
    default:
      return issue.message;
  }
};

/** Whether another issue says of the same value that it passes a narrower bound on the same side. */
const isOutdone = (issue: Issue, all: readonly Issue[]): boolean =>
  all.some(
    (other) =>
      other.path.join() === issue.path.join() &&
      ((issue.code === 'too_big' && other.code === 'too_big' && other.maximum < issue.maximum) ||
        (issue.code === 'too_small' && other.code === 'too_small' && other.minimum > issue.minimum)),
  );

/** Turns zod's issues about `root` into sentences. */
export function problemsOf(all: readonly Issue[], root: unknown, prefix: readonly PropertyKey[] = []): string[] {
  const issues = all.filter((issue) => !isOutdone(issue, all));
  return issues.flatMap((issue): string[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, root));
    const given = valueAt(root, path);
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const meant = meantBranches(issue.errors, given);
      if (meant.length === 1 && meant[0]!.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
        return problemsOf(meant[0]!, root, path);
    }
    if (issue.code === 'custom' || issue.code === 'invalid_format')
      return [`${dotted(path)}: ${issue.message}; given: ${shown(given)}.`];
    if (given === undefined && path.length > 0) return [`${dotted(path)} is missing: it ${rule(issue, given)}.`];
    return [`${path.length > 0 ? dotted(path) : 'a spec'} ${rule(issue, given)}, not ${shown(given)}.`];
  });
}
