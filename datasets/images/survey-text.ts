import { mostNames, type Survey } from './survey';

/** Most lines of one list; the JSON has more. */
const mostLines = 5;
const number = (value: number) => value.toLocaleString('en');
const counted = (value: number, one: string, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/**
 * A survey as lines for a terminal of 100 columns or so.
 * @param names how many files of a kind are named; more are in the JSON
 */
export function surveyText(survey: Survey, names = mostLines): string[] {
  const { layout, found, used, skipped, problem } = survey;
  const files = skipped.reduce((sum, { count }) => sum + count, 0);
  return [
    `found ${counted(found, 'file')}, used ${number(used)}, skipped ${number(files)}` +
      ` (as with dataset.size=${layout.size}: ${layout.size} x ${layout.size} pixels, ${counted(layout.channels, 'channel')}, ${layout.fit})`,
    ...skipped.flatMap((group) => skippedLines(group, names)),
    ...classLines(survey),
    ...pictureLines(survey),
    ...overlapLines(survey, names),
    ...(survey.remarks.length === 0 ? [] : ['', ...survey.remarks.map((remark) => `note: ${remark}`)]),
    ...(problem === null ? [] : ['', `No experiment can be made of this: ${problem}`]),
  ];
}

function skippedLines({ reason, count, files, broken }: Survey['skipped'][number], names: number): string[] {
  const shown = files.slice(0, names).map(({ path, detail }) => `    ${path}${detail === reason ? '' : `: ${detail}`}`);
  const more = count > shown.length ? [`    and ${number(count - shown.length)} more`] : [];
  return [`  ${number(count)} ${reason}${broken ? ' (broken)' : ''}`, ...shown, ...more];
}

function classLines({ classes, splits }: Survey): string[] {
  if (classes.length === 0) return ['', `unlabelled: ${counted(splits.unlabelled, 'image')}`];
  const given = splits.validation > 0;
  const rows = [
    ['class', 'train', ...(given ? ['validation'] : []), 'test', 'skipped'],
    ...classes
      .slice(0, mostNames)
      .map(({ name, train, validation, test, skipped }) => [
        name,
        ...[train, ...(given ? [validation] : []), test, skipped].map(number),
      ]),
    ...(classes.length > mostNames ? [[`(${number(classes.length - mostNames)} more)`]] : []),
    ['all', ...[splits.train, ...(given ? [splits.validation] : []), splits.test].map(number)],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length))) ?? [];
  const padded = (cell: string, column: number) =>
    column === 0 ? cell + ' '.repeat((widths[0] ?? 0) - [...cell].length) : cell.padStart((widths[column] ?? 0) + 2);
  return [
    '',
    `${counted(classes.filter(({ train }) => train > 0).length, 'class', 'classes')}`,
    ...rows.map((row) => `  ${row.map(padded).join('')}`),
    ...(given ? [] : ['  (validation images are drawn from train when an experiment starts)']),
    `unlabelled: ${counted(splits.unlabelled, 'image')}`,
  ];
}

function pictureLines({ sizes, formats, traits }: Survey): string[] {
  if (sizes === null) return [];
  const list = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, times]) => `${number(times)} ${name}`)
      .join(', ');
  const size = ({ width, height }: { width: number; height: number }) => `${width} x ${height}`;
  return [
    '',
    `pixels: ${size(sizes.smallest)} to ${size(sizes.largest)}, median ${size(sizes.median)}`,
    `formats: ${list(formats)}`,
    ...(Object.keys(traits).length === 0 ? [] : [`converted: ${list(traits)}`]),
  ];
}

function overlapLines({ duplicates: { same, similar }, leakage, conflicts, classes }: Survey, names: number): string[] {
  const drawn = same.pictures + similar.pictures > 0 && classes.every(({ validation }) => validation === 0);
  const group = (what: string, { pictures, files, examples }: typeof same) =>
    pictures === 0
      ? []
      : [
          `duplicates: ${counted(pictures, 'picture')} in ${counted(files, 'file')} ${what}`,
          ...examples.slice(0, names).map((paths) => `    ${paths.join(' = ')}`),
        ];
  return [
    '',
    ...(same.pictures + similar.pictures === 0 ? ['duplicates: none'] : []),
    ...group('of equal bytes', same),
    ...group('that look the same', similar),
    ...(drawn
      ? ['    some may be in training and in the validation split: give a folder validation/ without them to be sure']
      : []),
    ...leakage.flatMap(({ from, to, same: equal, similar: alike, examples }) => [
      `leakage: ${counted(equal + alike, 'image')} of ${to} also in ${from} (${number(equal)} of equal bytes, ` +
        `${number(alike)} alike)${from === 'unlabelled' ? ': the encoder sees them in pretraining' : ''}`,
      ...examples.slice(0, names).map(([one, other]) => `    ${other} = ${one}`),
    ]),
    ...(conflicts.pictures === 0
      ? []
      : [
          `conflicting labels: ${counted(conflicts.pictures, 'picture')} under more than one class`,
          ...conflicts.examples
            .slice(0, names)
            .map((files) => `    ${files.map(({ path, label }) => `${path} ("${label}")`).join(' = ')}`),
        ]),
  ];
}
