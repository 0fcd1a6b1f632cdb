import { dataName } from '../experiment/data-name';
import type { Answer } from './answer';
import { firstScreenOf } from './first-screen';
import type { ExperimentResults } from './results';
import type { Block, Section } from './sections/section';
import { sectionsOf } from './sections/sections';
import type { Table } from './tables';

/** Text from outside as Markdown that shows it literally: no HTML, no links, no table cells of its own. */
const literal = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s*\n\s*/g, ' ');

const listOf = (items: string[]): string => items.map((item) => `- ${item}`).join('\n');

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

/** '' for what is only drawn. */
function blockText(block: Block): string {
  if ('paragraphs' in block) return block.paragraphs.map(literal).join('\n\n');
  if ('notes' in block) return block.notes.map(literal).join('\n\n');
  if ('list' in block) return listOf(block.list.map(literal));
  if ('words' in block)
    return listOf(block.words.map(([word, meaning]) => `**${literal(word)}**: ${literal(meaning)}`));
  if ('code' in block) return fenced(block.code);
  if ('tables' in block)
    return block.tables
      .map(table)
      .filter((text) => text !== '')
      .join('\n\n');
  return '';
}

/** '' where nothing but pictures would stand under the title. */
function sectionText({ title, blocks }: Section): string {
  const texts = blocks.map(blockText).filter((text) => text !== '');
  const drawn = blocks.some((block) => 'figures' in block || 'pictures' in block || 'samples' in block);
  const explainsPictures = drawn && blocks.every((block) => 'notes' in block || blockText(block) === '');
  return texts.length === 0 || explainsPictures ? '' : [`## ${title}`, ...texts].join('\n\n');
}

/** The report as Markdown: the words and numbers of the page without its pictures. */
export function renderMarkdown(answer: Answer, results: ExperimentResults): string {
  const { sentences, findings } = firstScreenOf(answer);
  return [
    `# ${literal(answer.question)}`,
    `Experiment ${literal(results.experiment)}, data ${literal(dataName(results.spec.dataset))}.`,
    `**${literal(answer.headline)}**`,
    listOf(sentences.map(literal)),
    findings.length > 0 ? `Keep in mind:\n\n${listOf(findings.map(literal))}` : '',
    ...sectionsOf(answer, results).map(sectionText),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}
