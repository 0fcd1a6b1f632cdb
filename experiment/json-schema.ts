import { z } from 'zod';
import { experimentSpec } from './spec';
import { suggest } from './suggest';

/** The part of JSON Schema that describes a spec. */
export interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  [keyword: string]: unknown;
}

let schema: JsonSchema | undefined;

/** The JSON Schema (2020-12) of a spec as one writes it, for editors and for suggestions. */
export function specSchema(): JsonSchema {
  schema ??= { title: 'durable-byol experiment', ...(z.toJSONSchema(experimentSpec, { io: 'input' }) as JsonSchema) };
  return schema;
}

const branchesOf = (node: JsonSchema): JsonSchema[] => {
  const branches = [...(node.oneOf ?? []), ...(node.anyOf ?? [])];
  return branches.length > 0 ? branches.flatMap(branchesOf) : [node];
};

/** Leaves the branches of a union whose constants (`kind: stl10`) agree with the value; all of them when none does. */
const agreeing = (branches: JsonSchema[], value: unknown): JsonSchema[] => {
  const given = (value ?? {}) as Record<string, unknown>;
  const matches = branches.filter((branch) =>
    Object.entries(branch.properties ?? {}).every(
      ([key, node]) => node.const === undefined || node.const === given[key],
    ),
  );
  return matches.length > 0 ? matches : branches;
};

const step = (node: JsonSchema, key: PropertyKey): JsonSchema[] => {
  if (typeof key === 'number') return [node.prefixItems?.[key] ?? node.items].filter((item) => item !== undefined);
  const property = Object.hasOwn(node.properties ?? {}, key) ? node.properties?.[String(key)] : undefined;
  return [property ?? (typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined)].filter(
    (item) => item !== undefined,
  );
};

/** The keys that a map at `path` of the spec `value` may have; empty where no map belongs. */
export function keysAt(path: readonly PropertyKey[], value: unknown): string[] {
  let nodes = agreeing(branchesOf(specSchema()), value);
  let here = value;
  for (const key of path) {
    here = (here as Record<PropertyKey, unknown> | undefined)?.[key];
    nodes = agreeing(nodes.flatMap((node) => step(node, key)).flatMap(branchesOf), here);
  }
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** Every dotted path of a spec (`pretraining.optimizer.name`); the insides of lists are left out. */
export function specPaths(): string[] {
  const walk = (node: JsonSchema, prefix: string): string[] =>
    branchesOf(node).flatMap((branch) =>
      Object.entries(branch.properties ?? {}).flatMap(([key, child]) => [
        prefix + key,
        ...walk(child, `${prefix}${key}.`),
      ]),
    );
  return [...new Set(walk(specSchema(), ''))];
}

/** The paths whose last word is `word` or, when there is none, one that is near it. */
export function pathsEndingIn(word: string): string[] {
  const lastOf = (path: string) => path.split('.').at(-1)!;
  const paths = specPaths();
  const same = paths.filter((path) => lastOf(path) === word);
  if (same.length > 0) return same;
  const near = suggest(word, [...new Set(paths.map(lastOf))]);
  return paths.filter((path) => near.includes(lastOf(path)));
}
