import type { Table } from '../tables';
import type { ExperimentResults } from '../results';
import { whole } from '../wording';
import { section, type Section } from './section';

type Survey = NonNullable<ExperimentResults['images']>;

/** What the images looked like: used and skipped, by class, duplicates and leakage. Of images of one's own alone. */
export function imagesSection({ images: survey }: ExperimentResults): Section | null {
  if (!survey) return null;
  const { found, used, sizes } = survey;
  const size = sizes
    ? ` They measure ${sizes.smallest.width}x${sizes.smallest.height} to ${sizes.largest.width}x${sizes.largest.height} pixels (median ` +
      `${sizes.median.width}x${sizes.median.height}); they were stored with ${survey.layout.size}x${survey.layout.size}, ${survey.layout.fit}.`
    : '';
  return section('The images', [
    {
      notes: [
        `${whole(found)} files were found, ${whole(used)} images used, ${whole(found - used)} skipped.${size}`,
        ...survey.remarks,
      ],
    },
    { tables: [classesTable(survey), skippedTable(survey), ...overlapTables(survey)] },
  ]);
}

const classesTable = ({ classes }: Survey): Table => ({
  caption:
    'Images used by class (what was skipped is not in it)' +
    (classes.every(({ validation }) => validation === 0)
      ? '; the source has no validation images: they are drawn from train'
      : ''),
  head: ['class', 'train', 'validation', 'test', 'skipped'],
  numbers: [1, 2, 3, 4],
  rows: classes.map(({ name, train, validation, test, skipped }) => ({
    cells: [name, ...[train, validation, test, skipped].map(whole)],
  })),
});

const skippedTable = ({ skipped }: Survey): Table => ({
  caption: 'Skipped files by reason, the first of each by name',
  head: ['reason', 'files', 'which'],
  numbers: [1],
  rows: skipped.map(({ reason, count, files }) => ({
    cells: [reason, whole(count), files.slice(0, 5).join(', ') + (count > 5 ? ', ...' : '')],
  })),
});

const overlapTables = ({ overlaps }: Survey): Table[] => [
  {
    caption: 'Pictures that stand more than once',
    head: ['what', 'pictures', 'for example'],
    numbers: [1],
    rows: overlaps.map(({ what, count, example }) => ({ cells: [what, whole(count), example] })),
  },
];
