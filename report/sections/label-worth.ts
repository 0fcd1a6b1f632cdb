import type { Answer } from '../answer';
import { labelWorthFigure } from '../figures/label-worth';
import type { AcrossVerdict, LabelEfficiency } from '../label-efficiency';
import { neededRange, neededWords } from '../labels-needed';
import type { Table } from '../tables';
import { budgetShort, percent, points, pointsRange } from '../wording';
import { section, type Section } from './section';

/** What the pretrained arm does with few labels, in labels that the supervised one would need; null with fewer than two budgets. */
export function labelWorthSection({ budgets, equivalences, across, valid }: Answer): Section | null {
  const [first] = equivalences;
  if (!valid || !first) return null;
  const arm = first.budget.pretrainedArm;
  return section('What a label is worth', [
    {
      notes: [
        `How many labels supervised training would need for the accuracy that ${arm} reaches. Between the numbers of labels ` +
          'that were run its curve is taken as straight in the logarithm of the labels; beyond them nothing is said.',
        `On a par means: ${arm} with fewer labels is not below supervised training with more on the mean, and the ` +
          '95% intervals of the difference (over seeds, in pairs, and over test images) rule out that half of what the further labels give is lost.',
      ],
    },
    { figures: [labelWorthFigure(budgets, equivalences)] },
    {
      tables: [
        {
          caption: 'Labels that supervised training would need for the same accuracy',
          head: ['labels', `${arm} reaches`, 'supervised needs', 'seed by seed'],
          numbers: [1, 2, 3],
          rows: equivalences.map((each) => ({
            cells: [
              budgetShort(each.budget.labels, each.budget.labelCount),
              percent(each.budget.pretrained?.mean ?? NaN),
              neededWords(each.needed, budgets),
              neededRange(each, budgets),
            ],
          })),
        },
      ],
    },
    { tables: [acrossTable(across, arm)] },
  ]);
}

const acrossWords: Record<AcrossVerdict, string> = {
  better: 'better',
  'on-a-par': 'on a par',
  worse: 'worse',
  'not-settled': 'not settled',
};

/** Every number of labels beside every larger one. */
const acrossTable = (across: LabelEfficiency[], arm: string): Table => ({
  caption: `Fewer labels for ${arm} against more for supervised training; difference in points`,
  head: ['labels', 'labels, supervised', 'difference', 'over seeds, 95%', 'over test images, 95%', `${arm} is`],
  numbers: [1, 2, 3, 4],
  rows: across.map(({ few, many, difference, imageInterval, verdict }) => ({
    cells: [
      budgetShort(few.labels, few.labelCount),
      budgetShort(many.labels, many.labelCount),
      points(difference.mean),
      difference.interval ? pointsRange(difference.interval) : 'one seed: none',
      imageInterval ? pointsRange(imageInterval) : 'not known',
      acrossWords[verdict],
    ],
  })),
});
