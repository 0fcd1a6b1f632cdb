import { shown, SpecError } from '../problems';
import type { Override } from '../overrides';

/** One setting that a sweep varies, and the values that it takes. */
export interface Axis {
  path: string;
  values: readonly unknown[];
}

/** More than this is no sweep that anybody waits for, and each member is a workflow with a tree below it. */
export const mostMembers = 64;

/** What would make the members' accuracies on the validation split incomparable, or is chosen by luck. */
const unsweepable: readonly [path: RegExp, why: string][] = [
  [/^name$|^description$/, 'it names the sweep and changes no result'],
  [/^seeds\b/, 'a seed that does best does so by luck; every member runs all seeds of the spec'],
  [/^(labels|arms)\b/, 'members with other labels or arms answer other questions; every member has all of the spec'],
  [
    /^dataset(?!\.(unlabelled|size|channels|fit)$)/,
    'members would be judged on other images; of dataset only unlabelled, size, channels and fit may vary',
  ],
];

/**
 * Every member of a sweep: the product of the values, the last setting varying fastest; each is what it sets in the spec.
 * @throws {SpecError} for settings that no sweep may vary, values that stand twice, and grids of fewer than 2 or more
 * than 64 members
 */
export function gridOf(axes: readonly Axis[]): Override[][] {
  const problems = axes.flatMap(axisProblems);
  if (problems.length > 0) throw new SpecError(problems);
  const members = axes.reduce((product, { values }) => product * values.length, 1);
  if (members < 2)
    throw new SpecError([
      `a sweep needs at least one setting with two values or more, separated by commas: pretraining.learningRate=1e-3,3e-4.`,
    ]);
  if (members > mostMembers)
    throw new SpecError([
      `the grid ${axes.map(({ values }) => values.length).join(' x ')} has ${members} members, and a sweep may have ${mostMembers}; ` +
        `leave out values, or sweep in two steps: first the settings that matter most, then the others around the winner.`,
    ]);
  return axes.reduce<Override[][]>(
    (grid, { path, values }) => grid.flatMap((set) => values.map((value) => [...set, { path, value }])),
    [[]],
  );
}

function axisProblems({ path, values }: Axis): string[] {
  const refused = unsweepable.find(([pattern]) => pattern.test(path));
  const texts = values.map((value) => JSON.stringify(value));
  const twice = texts.find((text, at) => texts.indexOf(text) < at);
  return [
    ...(refused ? [`${path} cannot be swept: ${refused[1]}. Give it one value.`] : []),
    ...(twice === undefined ? [] : [`${path}: each value may stand once; ${twice} stands twice.`]),
  ];
}

/** Settings that are given more than once, a sentence each. */
export function repeatedPaths(settings: readonly { path: string }[]): string[] {
  const paths = settings.map(({ path }) => path);
  const twice = [...new Set(paths.filter((path, at) => paths.indexOf(path) < at))];
  return twice.map((path) => `${path} is given twice: write its values into one list, ${path}=v1,v2.`);
}

/** `pretraining.learningRate=0.001, pretraining.batch=64`: what tells a member from the others. */
export const settingsText = (settings: readonly Override[]): string =>
  settings.map(({ path, value }) => `${path}=${typeof value === 'string' ? value : shown(value)}`).join(', ');
