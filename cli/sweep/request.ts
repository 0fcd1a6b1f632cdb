import type { Override } from '../../experiment/overrides';
import type { Axis } from '../../experiment/sweep/grid';
import type { Halving } from '../../experiment/sweep/halving';
import { planSweep, type SweepPlan } from '../../experiment/sweep/plan';
import { CliFailure } from '../failure';
import { openSpec, parseOverride } from '../spec-file';
import { parseYamlValue } from '../yaml';

/**
 * The plan of `byol sweep SPEC key=v1,v2 ...`: settings with several values are swept, those with one are set in all
 * members, and `name` names the sweep.
 * @throws {CliFailure} for what cannot be read, {SpecError} for members that are no spec
 */
export function sweepPlanOf(presetOrFile: string, pairs: readonly string[], halving: Halving): SweepPlan {
  const settings = pairs.map(settingOf);
  const axes = settings.flatMap((setting) => ('values' in setting ? [setting] : []));
  const others = settings.flatMap((setting) => ('values' in setting ? [] : [setting]));
  const named = others.find(({ path }) => path === 'name');
  const fixed = others.filter((setting) => setting !== named);
  const specOf = openSpec(presetOrFile);
  const first = axes.map(({ path, values: [value] }): Override => ({ path, value }));
  const name = named ? String(named.value) : `${specOf([...fixed, ...first]).name.slice(0, 46)}-sweep`;
  return planSweep({ ...halving, name, axes, fixed }, specOf);
}

/** `key=v1,v2`: the values of a YAML flow list, so that a value may itself be a list, `labels=[50],[100]`. */
function settingOf(pair: string): Axis | Override {
  const at = pair.indexOf('=');
  const values = at < 1 ? [] : listed(pair.slice(at + 1));
  return values.length > 1 ? { path: pair.slice(0, at).trim(), values } : parseOverride(pair);
}

function listed(text: string): readonly unknown[] {
  try {
    const value = parseYamlValue(`[${text}]`, 'the values');
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof CliFailure) return []; // one value then, whose own error is told
    throw error;
  }
}
