import { Eta } from 'eta';
import { dataName } from '../../experiment/data-name';
import type { Answer } from '../answer';
import type { Figure } from '../figures/chart';
import { firstScreenOf, heroOf } from '../first-screen';
import type { ExperimentResults } from '../results';
import { sectionsOf } from '../sections/sections';
import type { Section } from '../sections/section';
import type { Table } from '../tables';
import { style } from './style';
import { figureTemplate, pageTemplate, sectionTemplate, tableTemplate } from './template';

function viewOf(answer: Answer, results: ExperimentResults) {
  return {
    style,
    version: results.provenance.version,
    experiment: results.experiment,
    data: dataName(results.spec.dataset),
    question: answer.question,
    valid: answer.valid,
    ...firstScreenOf(answer),
    hero: heroOf(answer, results),
    description: results.question === answer.question ? '' : (results.question ?? ''),
    sections: sectionsOf(answer, results),
  };
}
export type PageView = ReturnType<typeof viewOf>;

/** One self-contained page: no script, no network, everything from outside escaped. */
export function renderHtml(answer: Answer, results: ExperimentResults): string {
  const eta = new Eta({ autoEscape: true, autoTrim: false });
  const figure = (each: Figure) => eta.renderString(figureTemplate, each);
  const table = (each: Table) => eta.renderString(tableTemplate, each);
  const section = (each: Section) => eta.renderString(sectionTemplate, { ...each, figure, table });
  return eta.renderString(pageTemplate, { ...viewOf(answer, results), figure, section });
}
