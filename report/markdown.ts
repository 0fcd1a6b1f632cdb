import { glossary, methodOf, provenanceOf, settingsOf, timesOf } from './account';
import type { Answer } from './answer';
import { budgetSentence } from './headline';
import type { ExperimentResults } from './results';
import { settingName } from './search';
import { certaintySection } from './sections/certainty';
import { classificationSection } from './sections/classification';
import { imagesSection } from './sections/images';
import type { Section } from './sections/section';
import { tableOf } from './table';
import { budgetShort, decimal, percent } from './wording';

/** Text from outside as Markdown that shows it literally: no HTML, no links, no table cells of its own. */
const literal = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s*\n\s*/g, ' ');

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(literal))]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** A fence longer than any run of backticks in the text. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
};

const seedTable = (answer: Answer): string =>
  table(
    ['labels', 'arm', 'mean', 'std (points)', 'accuracy by seed', 'gain'],
    tableOf(answer.budgets).map((row) => [row.labels, row.arm, row.mean, row.std, row.seeds, row.gain]),
  );

const searchTable = ({ comparisons }: ExperimentResults): string =>
  table(
    ['labels', 'arm', 'seed', 'validation accuracy by setting', 'chosen'],
    comparisons.map((result) => [
      budgetShort(result.labels, result.labelCount),
      result.arm,
      String(result.seed),
      result.search
        .map((tried) => `${settingName(tried, comparisons)}: ${percent(tried.validationAccuracy)}`)
        .join('; '),
      settingName(result.chosen, comparisons),
    ]),
  );

const pretrainingTable = ({ pretraining }: ExperimentResults): string =>
  table(
    ['seed', 'epochs', 'first loss', 'last loss', 'last spread', 'checkpoint'],
    pretraining.map(({ seed, epochs, checkpoint }) => {
      const last = epochs[epochs.length - 1];
      return [
        String(seed),
        String(epochs.length),
        epochs[0] ? decimal(epochs[0].loss) : '',
        last ? decimal(last.loss) : '',
        last?.spread === undefined ? 'not measured' : decimal(last.spread),
        checkpoint,
      ];
    }),
  );

const sectionsOf = (answer: Answer, results: ExperimentResults): Section[] =>
  [
    answer.valid ? certaintySection(answer, results) : null,
    classificationSection(answer, results),
    imagesSection(results),
  ].filter((each) => each !== null);

const sectionText = ({ title, notes, tables }: Section): string =>
  [
    `## ${title}`,
    ...notes.map(literal),
    ...tables.flatMap(({ caption, head, rows }) =>
      rows.length === 0
        ? []
        : [
            `${literal(caption)}:`,
            table(
              head.map(literal),
              rows.map((row) => row.cells),
            ),
          ],
    ),
  ].join('\n\n');

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
    seedTable(answer),
    ...sectionsOf(answer, results).map(sectionText),
    '## What was compared, and how it was chosen',
    ...methodOf(results, answer).map(literal),
    '## The search',
    searchTable(results),
    '## Pretraining',
    pretrainingTable(results),
    '## Settings',
    fenced(settingsOf(results)),
    '## Where the numbers come from',
    table(['', ''], provenanceOf(results)),
    'Run it again:',
    fenced(results.provenance.command),
    table(['stage', 'working time'], timesOf(results)),
    '## Words',
    glossary.map(([word, meaning]) => `- **${word}**: ${meaning}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}
