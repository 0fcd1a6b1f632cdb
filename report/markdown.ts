import { glossaryOf, methodOf, settingsOf } from './account';
import type { Answer } from './answer';
import { budgetSentence } from './headline';
import type { ExperimentResults } from './results';
import { certaintySection } from './sections/certainty';
import { classificationSection } from './sections/classification';
import { imagesSection } from './sections/images';
import type { Section } from './sections/section';
import { labelWorthSection } from './sections/label-worth';
import {
  pretrainingTable,
  provenanceTable,
  searchTable,
  seedTable,
  summaryTable,
  timesTable,
  type Table,
} from './tables';

/** Text from outside as Markdown that shows it literally: no HTML, no links, no table cells of its own. */
const literal = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s*\n\s*/g, ' ');

const table = ({ caption, head, rows }: Table): string =>
  rows.length === 0
    ? ''
    : `${literal(caption)}:\n\n` +
      [head.map(literal), head.map(() => '---'), ...rows.map(({ cells }) => cells.map(literal))]
        .map((row) => `| ${row.join(' | ')} |`)
        .join('\n');

/** A fence longer than any run of backticks in the text. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
};

const sectionsOf = (answer: Answer, results: ExperimentResults): Section[] =>
  [
    labelWorthSection(answer),
    answer.valid ? certaintySection(answer, results) : null,
    classificationSection(answer, results),
    imagesSection(results),
  ].filter((each) => each !== null);

const sectionText = ({ title, notes, tables }: Section): string =>
  [`## ${title}`, ...notes.map(literal), ...tables.map(table)].filter((part) => part !== '').join('\n\n');

/** The report as Markdown: the numbers of the page without its pictures. */
export function renderMarkdown(answer: Answer, results: ExperimentResults): string {
  const { findings, valid } = answer;
  const comparison = valid ? answer.budgets.map((budget) => `- ${budgetSentence(budget)}`) : [];
  return [
    `# ${literal(answer.question)}`,
    `Experiment ${literal(results.experiment)}, images ${literal(results.dataset.kind)}.`,
    `**${literal(answer.headline)}**`,
    findings
      .map((each) => `- ${each.level === 'invalid' ? '**Not valid:**' : 'Note:'} ${literal(each.text)}`)
      .join('\n'),
    `## ${valid ? 'The comparison on the test split' : 'Figures, not to be read as a comparison'}`,
    comparison.join('\n'),
    table(summaryTable(answer)),
    ...answer.budgets.map((budget) => table(seedTable(budget))),
    ...sectionsOf(answer, results).map(sectionText),
    '## What was compared, and how it was chosen',
    ...methodOf(results, answer).map(literal),
    '## The search',
    table(searchTable(results)),
    '## Pretraining',
    table(pretrainingTable(results)),
    '## Settings',
    fenced(settingsOf(results)),
    '## Where the numbers come from',
    table(provenanceTable(results)),
    'Run it again:',
    fenced(results.provenance.command),
    table(timesTable(results)),
    '## Words',
    glossaryOf(results)
      .map(([word, meaning]) => `- **${word}**: ${meaning}`)
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}
