import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { namedDatasets } from '../experiment/named-datasets';
import { applyOverrides, type Override } from '../experiment/overrides';
import { presets } from '../experiment/presets';
import { parseSpec, type ExperimentSpec } from '../experiment/resolve';
import { schemeOf } from '../experiment/scheme';
import { suggest } from '../experiment/suggest';
import { CliFailure, exitCodes } from './failure';
import { parseYaml, parseYamlValue } from './yaml';

const MAX_BYTES = 256 * 1024;

const wrong = (message: string, cause?: unknown) => new CliFailure(exitCodes.input, message, { cause });

/**
 * Reads the spec that the command line names, a preset or a YAML file, sets the `key=value` pairs, and checks it all.
 * A relative `dataset.source` or `model.weights` of a file is relative to the file, one of the command line to the current folder.
 * @throws {CliFailure} for what cannot be read, {SpecError} for what is not a spec
 */
export function loadSpec(presetOrFile: string, pairs: readonly string[]): ExperimentSpec {
  const overrides = pairs.map(parseOverride);
  return openSpec(presetOrFile)(overrides);
}

/** What a spec may leave to the worker with `auto`, and what stands in its place until it is settled. */
const standIns = { precision: 'fp32', 'pretraining.accumulate': 1 } as const;
export type Unsettled = keyof typeof standIns;

/**
 * As `loadSpec`, where settings may be auto: they have a stand-in then, and are to be settled.
 * @throws {CliFailure} for what cannot be read, {SpecError} for what is not a spec
 */
export function loadUnsettledSpec(
  presetOrFile: string,
  pairs: readonly string[],
): { spec: ExperimentSpec; unsettled: Unsettled[] } {
  const overrides = pairs.map(parseOverride);
  const written = readWritten(presetOrFile);
  const plain = applyOverrides(written, overrides) as {
    precision?: unknown;
    pretraining?: { accumulate?: unknown };
  } | null;
  const given: Record<Unsettled, unknown> = {
    precision: plain?.precision,
    'pretraining.accumulate': plain?.pretraining?.accumulate,
  };
  const unsettled = (Object.keys(standIns) as Unsettled[]).filter((path) => given[path] === 'auto');
  const settings = unsettled.map((path) => ({ path, value: standIns[path] }));
  return { spec: specFrom(presetOrFile, written)([...overrides, ...settings]), unsettled };
}

const presetOf = (name: string) => (Object.hasOwn(presets, name) ? presets[name] : undefined);

const readWritten = (presetOrFile: string): unknown =>
  presetOf(presetOrFile)?.spec ?? parseYaml(readText(presetOrFile), `"${presetOrFile}"`);

/**
 * Reads what the command line names once, and gives the specs that it becomes with settings changed; each is checked.
 * @throws {CliFailure}
 */
export const openSpec = (presetOrFile: string) => specFrom(presetOrFile, readWritten(presetOrFile));

function specFrom(presetOrFile: string, written: unknown): (overrides: readonly Override[]) => ExperimentSpec {
  const preset = presetOf(presetOrFile);
  return (overrides) => {
    const spec = parseSpec(applyOverrides(written, overrides));
    const { dataset, model } = spec;
    const absolute = (source: string, section: string, key: string) => {
      const fromHere =
        preset !== undefined || overrides.some(({ path }) => path === `${section}.${key}` || path === section);
      return absoluteSource(source, fromHere ? '.' : dirname(presetOrFile));
    };
    return {
      ...spec,
      dataset: { ...dataset, source: absolute(dataset.source, 'dataset', 'source') },
      model: model.weights === undefined ? model : { ...model, weights: absolute(model.weights, 'model', 'weights') },
    };
  };
}

/** The worker that reads the dataset has another current folder than this command. */
export const absoluteSource = (source: string, base: string) =>
  schemeOf(source) === undefined ? resolve(base, source) : source;

/** One `key=value`. @throws {CliFailure} */
export function parseOverride(pair: string): Override {
  const at = pair.indexOf('=');
  if (at < 1)
    throw wrong(
      `"${pair}" is not a setting: write key=value with the dotted path of the setting, such as pretraining.epochs=3, ` +
        `seeds=[1,2] or name=my-run.`,
    );
  const path = pair.slice(0, at).trim();
  return { path, value: parseYamlValue(pair.slice(at + 1), `the value of ${path}`) };
}

function readText(path: string): string {
  const names = Object.keys(presets).join(', ');
  let stat;
  try {
    stat = statSync(path);
  } catch (error) {
    const near = path in namedDatasets ? [`data=${path}`] : suggest(path, Object.keys(presets));
    const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
    throw wrong(
      `"${path}" is neither a preset nor a file that can be read.${hint} Presets: ${names}. ` +
        `A spec of your own: byol spec mnist-quickstart > my-spec.yaml, then edit it.`,
      error,
    );
  }
  if (!stat.isFile())
    throw wrong(
      `"${path}" is not a file: give a YAML file, or one of the presets ${names}. For a folder of images: data=${path}.`,
    );
  if (stat.size > MAX_BYTES)
    throw wrong(`"${path}" has ${stat.size} bytes, far more than any spec. Is it the right file?`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrong(`"${path}" cannot be read as UTF-8 text (${why}).`, error);
  }
}
