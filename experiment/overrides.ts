import { dotted, shown, SpecError } from './problems';
import { keysAt, pathsEndingIn, specPaths } from './json-schema';
import { suggest } from './suggest';

/** One `key=value` of a command line; `value` is already plain data. */
export interface Override {
  path: string;
  value: unknown;
}

const segmentsOf = (path: string): (string | number)[] =>
  path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));

const wrongPath = (given: readonly (string | number)[], at: number, value: unknown): string => {
  const parent = given.slice(0, at);
  const siblings = keysAt(parent, value);
  const name = dotted(given);
  const near = suggest(String(given[at]), siblings).map((word) => dotted([...parent, word, ...given.slice(at + 1)]));
  const elsewhere = pathsEndingIn(String(given.at(-1))).filter((path) => path !== name);
  const candidates = [near, suggest(name, specPaths()), elsewhere].find((words) => words.length > 0) ?? [];
  const hint = candidates.length > 0 ? ` Did you mean ${candidates.slice(0, 3).join(' or ')}?` : '';
  const place = parent.length > 0 ? `${dotted(parent)} has` : 'A spec has';
  return `${name} is not a setting.${hint}${siblings.length > 0 ? ` ${place}: ${siblings.join(', ')}.` : ''}`;
};

type Container = Record<string | number, unknown>;

const checkKey = (root: unknown, here: Container, path: readonly (string | number)[], at: number): void => {
  const key = path[at]!;
  if (Array.isArray(here)) {
    if (typeof key === 'number' && key < here.length) return;
    const range = here.length > 0 ? `0 to ${here.length - 1}` : 'none: it is empty';
    throw new SpecError([
      `${dotted(path)}: ${dotted(path.slice(0, at))} is a list with the entries ${range}; given: ${key}.`,
    ]);
  }
  const allowed = keysAt(path.slice(0, at), root);
  if (!allowed.includes(String(key))) throw new SpecError([wrongPath(path, at, root)]);
};

/** The container in which the last segment is to be set, made where it is absent. */
const descend = (root: Container, path: readonly (string | number)[]): Container => {
  let here = root;
  for (const [at, key] of path.slice(0, -1).entries()) {
    checkKey(root, here, path, at);
    if (here[key] === undefined || here[key] === null) here[key] = {};
    const next = here[key];
    if (typeof next !== 'object')
      throw new SpecError([
        `${dotted(path)} cannot be set: ${dotted(path.slice(0, at + 1))} is ${shown(next)}, not a map or list.`,
      ]);
    here = next as Container;
  }
  checkKey(root, here, path, path.length - 1);
  return here;
};

/** A deep copy in which nothing is shared: a YAML alias, or a list that stands twice, becomes two. */
const copy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
};

/**
 * Sets dotted paths (`pretraining.epochs`, `pretraining.views.first[0].p`) in a spec as the user wrote it, and gives a copy.
 * @throws {SpecError} for a path that no spec has, with the nearest that it has
 */
export function applyOverrides(spec: unknown, overrides: readonly Override[]): unknown {
  if (overrides.length === 0) return spec;
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return spec;
  const result = copy(spec) as Container;
  for (const { path, value } of overrides) {
    const segments = segmentsOf(path);
    descend(result, segments)[segments.at(-1)!] = value;
  }
  return result;
}

/** Every setting in which two specs differ, as `path: old -> new`. */
export function differences(before: unknown, after: unknown, path: readonly PropertyKey[] = []): string[] {
  const isContainer = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return Object.is(before, after) ? [] : [`${dotted(path)}: ${shown(before)} -> ${shown(after)}`];
  if (Array.isArray(before) && before.length !== (after as unknown[]).length)
    return [`${dotted(path)}: ${shown(before)} -> ${shown(after)}`];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) =>
    differences((before as Container)[key], (after as Container)[key], [
      ...path,
      Array.isArray(before) ? Number(key) : key,
    ]),
  );
}
