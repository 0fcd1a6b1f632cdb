import type { Answer } from '../answer';
import type { Table } from '../html/tables';
import type { ExperimentResults } from '../results';
import { signFlipTest } from '../paired';
import { budgetShort, points, pointsRange } from '../wording';
import { section, type Section } from './section';

const pWords = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

/** How sure the gain is, by three ways that ask different questions. */
export function certaintySection({ budgets }: Answer, { imageIntervals }: ExperimentResults): Section | null {
  const rows = budgets.flatMap((budget): Table['rows'] =>
    (['fine-tuned', 'linear-probe'] as const).flatMap((arm) => {
      const difference = arm === 'fine-tuned' ? budget.difference : budget.probeDifference;
      if (!difference) return [];
      const images = imageIntervals.find((each) => each.labels === budget.labels && each.arm === arm);
      const flip = signFlipTest(difference.seeds.map((each) => each.difference));
      return [
        {
          cells: [
            budgetShort(budget.labels, budget.labelCount),
            arm,
            points(difference.mean),
            difference.interval ? pointsRange(difference.interval) : 'one seed: none',
            images ? pointsRange(images.interval) : 'not known',
            flip ? `${pWords(flip.p)} (at best ${pWords(flip.smallest)})` : 'too many seeds',
          ],
        },
      ];
    }),
  );
  if (rows.length === 0) return null;
  return section('How sure is the gain?', {
    notes: [
      'Over seeds: would other labelled images, first weights and draws give it too (paired t interval)? Over test images: ' +
        'would other test images of the same kind (bootstrap of the images that the arms judge differently, with these seeds)? ' +
        'An interval that includes zero settles nothing. The sign-flip test asks how often such a gain would come if each ' +
        "seed's difference had either sign by chance; with few seeds it cannot be small, and its best value stands beside it.",
    ],
    tables: [
      {
        caption: 'Gain over supervised training in points, with its uncertainty',
        head: ['labels', 'arm', 'gain', 'over seeds, 95%', 'over test images, 95%', 'sign-flip p'],
        numbers: [2, 3, 4, 5],
        rows,
      },
    ],
  });
}
