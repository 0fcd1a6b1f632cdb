import type { Answer } from '../answer';
import { classifierCurves, pretrainingCurves } from '../figures/curves';
import { searchFigure } from '../figures/search';
import { heroOf } from '../first-screen';
import type { ComparisonResult, ExperimentResults } from '../results';
import { pretrainingTable, searchTable } from '../tables';
import { section, type Section } from './section';

/** Results of each label budget, in the order of the answer's budgets. */
const byBudget = ({ budgets }: Answer, { comparisons }: ExperimentResults): ComparisonResult[][] =>
  budgets.map((budget) => comparisons.filter((result) => result.labels === budget.labels));

/** How pretraining went; a curve that stands on the first screen does not stand here again. */
export function pretrainingSection(answer: Answer, results: ExperimentResults): Section {
  const hero = heroOf(answer, results);
  return section('Pretraining', [
    { figures: pretrainingCurves(results.pretraining).filter((figure) => figure.id !== hero?.id) },
    { tables: [pretrainingTable(results)] },
  ]);
}

export const searchSection = (answer: Answer, results: ExperimentResults): Section =>
  section('The search, on the validation split', [
    { figures: byBudget(answer, results).flatMap((group) => searchFigure(group) ?? []) },
    { tables: [searchTable(results)] },
  ]);

export const learningCurvesSection = (answer: Answer, results: ExperimentResults): Section =>
  section('Learning curves of the chosen classifiers', [
    { figures: byBudget(answer, results).flatMap(classifierCurves), wide: true },
  ]);

export const viewsSection = ({ samples }: ExperimentResults): Section =>
  section('What the network saw: augmented views of real samples', [
    ...(samples.length > 0
      ? [
          {
            notes: [
              'Large: the image as it is. Beside it: pairs of views as pretraining draws them; from one of a pair the network ' +
                'predicts the other. If the views no longer show what tells the classes apart, weaken pretraining.views.',
            ],
          },
        ]
      : []),
    { samples },
  ]);
