import { Eta } from 'eta';
import { glossaryOf, methodOf, settingsOf } from '../account';
import type { Answer } from '../answer';
import { accuracyByBudget, gainByBudget, pairedSeeds } from '../figures/accuracy';
import type { Figure } from '../figures/chart';
import { classifierCurves, pretrainingCurves } from '../figures/curves';
import { searchFigure } from '../figures/search';
import { budgetSentence } from '../headline';
import type { ComparisonResult, ExperimentResults } from '../results';
import { certaintySection } from '../sections/certainty';
import { classificationSection } from '../sections/classification';
import { encoderSection } from '../sections/encoder';
import { imagesSection } from '../sections/images';
import { labelWorthSection } from '../sections/label-worth';
import type { Section } from '../sections/section';
import { style } from './style';
import {
  pretrainingTable,
  provenanceTable,
  searchTable,
  seedTable,
  summaryTable,
  timesTable,
  type Table,
} from '../tables';
import { figureTemplate, pageTemplate, sectionTemplate, tableTemplate } from './template';

/** Results of each label budget, in the order of the answer's budgets. */
const byBudget = ({ budgets }: Answer, { comparisons }: ExperimentResults): ComparisonResult[][] =>
  budgets.map((budget) => comparisons.filter((result) => result.labels === budget.labels));

/** What the first screen shows: the comparison where it is valid, else the curve that says why it is not. */
function heroOf(answer: Answer, results: ExperimentResults): Figure | undefined {
  if (answer.valid) return answer.budgets.length > 0 ? accuracyByBudget(answer.budgets, answer.efficiency) : undefined;
  const [worst] = answer.findings;
  return worst?.about === 'pretraining' ? pretrainingCurves(results.pretraining).pop() : undefined;
}

function figuresOf(answer: Answer, results: ExperimentResults) {
  const groups = byBudget(answer, results);
  const hero = heroOf(answer, results);
  const { budgets } = answer;
  const comparisonFigures =
    answer.valid && budgets.length > 0 ? [gainByBudget(budgets), ...budgets.map(pairedSeeds)] : [];
  return {
    hero,
    comparisonFigures,
    pretrainingFigures: pretrainingCurves(results.pretraining).filter((figure) => figure.id !== hero?.id),
    searchFigures: groups.flatMap((group) => searchFigure(group) ?? []),
    classifierFigures: groups.flatMap(classifierCurves),
  };
}

/** The first sentence, which is set large, and what follows it. */
function leadOf(headline: string): { lead: string; rest: string } {
  const [, lead, rest] = /^(.*?[.]) (.*)$/.exec(headline) ?? [];
  return { lead: lead ?? headline, rest: rest ?? '' };
}

/** The sentences under the headline: every label budget that the headline has not already told in full. */
function sentencesOf({ budgets, efficiency, headline, valid }: Answer): string[] {
  if (!valid) return [];
  return budgets
    .filter((budget) => budget !== efficiency?.few)
    .map(budgetSentence)
    .filter((sentence) => !headline.includes(sentence));
}

function viewOf(answer: Answer, results: ExperimentResults) {
  return {
    style,
    version: results.provenance.version,
    experiment: results.experiment,
    kind: results.dataset.kind,
    question: answer.question,
    ...leadOf(answer.headline),
    valid: answer.valid,
    sentences: sentencesOf(answer),
    findings: answer.findings.map((finding) => finding.text).filter((text) => !answer.headline.endsWith(text.slice(1))),
    description: results.question === answer.question ? '' : (results.question ?? ''),
    ...figuresOf(answer, results),
    summary: summaryTable(answer),
    seedTables: answer.budgets.map(seedTable),
    labelWorth: labelWorthSection(answer),
    certainty: answer.valid ? certaintySection(answer, results) : null,
    classification: classificationSection(answer, results),
    images: imagesSection(results),
    encoder: encoderSection(results),
    pretraining: pretrainingTable(results),
    search: searchTable(results),
    provenance: provenanceTable(results),
    times: timesTable(results),
    method: methodOf(results, answer),
    glossary: glossaryOf(results),
    samples: results.samples,
    settings: settingsOf(results),
    command: results.provenance.command,
  };
}
export type PageView = ReturnType<typeof viewOf>;

/** One self-contained page: no script, no network, everything from outside escaped. */
export function renderHtml(answer: Answer, results: ExperimentResults): string {
  const eta = new Eta({ autoEscape: true, autoTrim: false });
  const figure = (each: Figure) => eta.renderString(figureTemplate, each);
  const table = (each: Table) => eta.renderString(tableTemplate, each);
  const sections = (each: Section | null) =>
    each === null ? '' : eta.renderString(sectionTemplate, { ...each, figure, table });
  return eta.renderString(pageTemplate, { ...viewOf(answer, results), figure, table, sections });
}
