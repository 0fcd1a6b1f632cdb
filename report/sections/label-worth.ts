import type { Answer } from '../answer';
import { labelWorthFigure } from '../figures/label-worth';
import type { Equivalence, LabelsNeeded } from '../label-efficiency';
import type { BudgetStatistics } from '../statistics';
import { aboutLabels, budgetShort, percent, whole } from '../wording';
import { section, type Section } from './section';

/** What the pretrained arm does with few labels, in labels that the supervised one would need; null with fewer than two budgets. */
export function labelWorthSection({ budgets, equivalences, valid }: Answer): Section | null {
  const [first] = equivalences;
  if (!valid || !first) return null;
  const arm = first.budget.pretrainedArm;
  return section('What a label is worth', {
    notes: [
      `How many labels supervised training would need for the accuracy that ${arm} reaches. Between the numbers of labels ` +
        'that were run its curve is taken as straight in the logarithm of the labels; beyond them nothing is said.',
    ],
    figures: [labelWorthFigure(budgets, equivalences)],
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
            rangeWords(each, budgets),
          ],
        })),
      },
    ],
  });
}

/** 'about 85', 'fewer than 50', 'more than 100'. */
function neededWords(needed: LabelsNeeded, budgets: BudgetStatistics[]): string {
  const counts = budgets.flatMap(({ supervised, labelCount }) => (supervised ? [labelCount] : []));
  if (needed === 'fewer') return `fewer than ${whole(Math.min(...counts))}`;
  return needed === 'more' ? `more than ${whole(Math.max(...counts))}` : aboutLabels(needed);
}

const orderOf = (needed: LabelsNeeded): number =>
  needed === 'fewer' ? -Infinity : needed === 'more' ? Infinity : needed;

function rangeWords({ bySeed }: Equivalence, budgets: BudgetStatistics[]): string {
  const sorted = [...bySeed].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const [low, high] = [sorted[0], sorted[sorted.length - 1]].map((each) =>
    each === undefined ? '' : neededWords(each, budgets),
  );
  if (!low || !high || bySeed.length < 2) return 'one seed';
  return low === high ? low : `${low} to ${high.replace('about ', '')}`;
}
