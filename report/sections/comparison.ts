import type { Answer } from '../answer';
import { gainByBudget, pairedSeeds } from '../figures/accuracy';
import { firstScreenOf } from '../first-screen';
import { seedTable, summaryTable } from '../tables';
import { section, type Section } from './section';

/** The figures of the comparison, for each label budget and seed by seed; without pictures where it is not valid. */
export function comparisonSection(answer: Answer): Section {
  const { budgets, valid } = answer;
  return section(valid ? 'The comparison on the test split' : 'Figures, not to be read as a comparison', [
    { list: firstScreenOf(answer).furtherSentences },
    { tables: [summaryTable(answer)] },
    { figures: valid && budgets.length > 0 ? [gainByBudget(budgets), ...budgets.map(pairedSeeds)] : [] },
    { tables: budgets.map(seedTable) },
  ]);
}
