import type { Answer } from '../answer';
import type { Table } from '../tables';
import type { ExperimentResults } from '../results';
import { intervalOf, type BudgetStatistics } from '../statistics';
import { toSettle } from '../to-settle';
import { pairedTest, type PairedTest } from '../paired';
import { budgetShort, counted, points, pointsRange } from '../wording';
import { section, type Section } from './section';

const pWords = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));
/** With p the smallest that so many seeds can give: beside 'settled' a p of .25 looks like a contradiction, and is none. */
function testWords({ method, p, smallest }: PairedTest, seeds: number): string {
  if (method === 'paired t') return `${pWords(p)} (paired t)`;
  const those = `${counted(seeds, 'seed')} ${seeds === 1 ? 'gives' : 'give'}`;
  return `${pWords(p)} (${those} ${p === smallest ? 'no less' : `${pWords(smallest)} at least`})`;
}

/** What would settle it, in the words of a cell; 'settled' where it is. */
function settlingWords(budget: BudgetStatistics): string {
  const need = toSettle(budget);
  switch (need.by) {
    case 'nothing':
      return 'settled';
    case 'learning':
      return 'arms that learn more than to guess';
    case 'three-seeds':
      return 'at least 3 seeds first';
    case 'spread':
      return 'not known: the seeds do not differ';
    case 'test-images':
      return 'more test images';
    case 'seeds':
      return `${counted(need.more, 'more seed')}${need.testImages ? ' and more test images' : ''}`;
    case 'larger-gain':
      return `a larger gain: ${need.more === null ? 'over 100 seeds in all' : counted(need.more, 'more seed')} at this one`;
  }
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
        test ? testWords(test, difference.seeds.length) : 'no spread',
        arm === budget.pretrainedArm ? settlingWords(budget) : '',
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
    'beyond 12 seeds the paired t test). Few seeds cannot give a small p, whatever the gain: 3 seeds give 0.250 at least, and it ' +
    'takes 6 to come below 0.05. So the smallest that is possible stands beside it, and "settled" goes by the intervals. ' +
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
