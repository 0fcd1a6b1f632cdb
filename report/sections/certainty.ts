import type { Answer } from '../answer';
import type { Table } from '../tables';
import type { ExperimentResults } from '../results';
import { imagesLeaveOpen, intervalOf, type BudgetStatistics } from '../statistics';
import { pairedTest, type PairedTest } from '../paired';
import { budgetShort, counted, points, pointsRange } from '../wording';
import { section, type Section } from './section';

const pWords = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));
const testWords = ({ method, p, smallest }: PairedTest): string =>
  method === 'sign-flip' ? `${pWords(p)} (at best ${pWords(smallest)})` : `${pWords(p)} (paired t)`;

/** Where the seeds do not settle it: how many more would; '' where they do. */
function moreSeeds(budget: BudgetStatistics): string {
  const { verdict, difference, seedsToSettle } = budget;
  if (verdict !== 'not-settled') return 'settled';
  if (!difference?.interval) return 'at least 3 seeds first';
  if (seedsToSettle === null) return 'over 100 in all';
  const more = seedsToSettle - difference.seeds.length;
  if (more <= 0) return 'more test images';
  return `${counted(more, 'more seed')}${imagesLeaveOpen(budget) ? ' and more test images' : ''}`;
}

const pretrainedArms = ['fine-tuned', 'linear-probe'] as const;
type PretrainedArm = (typeof pretrainedArms)[number];

/** The row of an arm with pretraining; none where it lacks a pair of seeds with the baseline. */
function gainRow(budget: BudgetStatistics, arm: PretrainedArm, intervals: ExperimentResults['imageIntervals']) {
  const difference =
    arm === budget.pretrainedArm ? budget.difference : arm === 'linear-probe' ? budget.probeDifference : null;
  if (!difference) return [];
  const images = intervalOf(intervals, { labels: budget.labels, arm, against: budget.labels });
  const test = pairedTest(difference.seeds.map((each) => each.difference));
  return [
    {
      cells: [
        budgetShort(budget.labels, budget.labelCount),
        arm,
        points(difference.mean),
        difference.interval ? pointsRange(difference.interval) : 'one seed: none',
        images ? pointsRange(images.interval) : 'not known',
        images?.withSeeds ? pointsRange(images.withSeeds) : 'not known',
        test ? testWords(test) : 'no spread',
        arm === budget.pretrainedArm ? moreSeeds(budget) : '',
      ],
    },
  ];
}

const notes = [
  'Over seeds: would other labelled images, first weights and draws give it too (paired t interval)? Over test images: ' +
    'would other test images of the same kind (bootstrap of the images that the arms judge differently, with these seeds)? ' +
    'Over both: seeds and images drawn together; with few seeds it is told too narrow, so that the first two decide. ' +
    'An interval that includes zero settles nothing.',
  "The test asks how often such a gain would come if each seed's difference had either sign by chance (exact sign-flip test; " +
    'beyond 12 seeds the paired t test). With few seeds its p cannot be small: its best value stands beside it. ' +
    'The last column says what would settle it with 80% power, if mean and spread stay as they are.',
];

/** How sure the gain is, by three ways that ask different questions. */
export function certaintySection({ budgets }: Answer, { imageIntervals }: ExperimentResults): Section | null {
  const rows: Table['rows'] = budgets.flatMap((budget) =>
    pretrainedArms.flatMap((arm) => gainRow(budget, arm, imageIntervals)),
  );
  if (rows.length === 0) return null;
  return section('How sure is the gain?', [
    {
      notes,
    },
    {
      tables: [
        {
          caption: 'Gain over supervised training in points, with its uncertainty',
          head: [
            'labels',
            'arm',
            'gain',
            'over seeds, 95%',
            'over test images, 95%',
            'over both, 95%',
            'p',
            'to settle it',
          ],
          numbers: [2, 3, 4, 5, 6],
          rows,
        },
      ],
    },
  ]);
}
