import type { Answer } from './answer';
import { accuracyByBudget } from './figures/accuracy';
import type { Figure } from './figures/chart';
import { pretrainingCurves } from './figures/curves';
import { budgetSentence } from './headline';
import type { ExperimentResults } from './results';

/** More sentences than that stand with the comparison, so that the first screen stays one. */
const mostSentences = 3;

export interface FirstScreen {
  /** The first sentence up to its colon, which is set large; its figures; and the sentences that follow. */
  lead: string;
  figures: string;
  rest: string;
  /** What the other label budgets say, where they are few. */
  sentences: string[];
  /** The same, where they are many. */
  furtherSentences: string[];
  /** What to keep in mind, without what the headline says already. */
  findings: string[];
}

/** What a reader sees first: the page and Markdown have the same. */
export function firstScreenOf(answer: Answer): FirstScreen {
  const { headline, findings } = answer;
  const [, first = headline, rest = ''] = /^(.*?[.]) (.*)$/.exec(headline) ?? [];
  const [, lead = first, figures = ''] = /^(.*?:) (.*)$/.exec(first) ?? [];
  const sentences = sentencesOf(answer);
  const few = sentences.length <= mostSentences;
  return {
    ...{ lead, figures, rest },
    sentences: few ? sentences : [],
    furtherSentences: few ? [] : sentences,
    findings: toKeepInMind({ headline, findings }),
  };
}

/** What the page has under "Keep in mind": the findings, the worst first, without what the headline says already. */
export const toKeepInMind = ({ headline, findings }: Pick<Answer, 'headline' | 'findings'>): string[] =>
  findings.map(({ text }) => text).filter((text) => !headline.includes(text.slice(1)));

/** Every label budget that the headline has not already told in full. */
function sentencesOf({ budgets, efficiency, headline, valid }: Answer): string[] {
  if (!valid) return [];
  return budgets
    .filter((budget) => budget !== efficiency?.few)
    .map(budgetSentence)
    .filter((sentence) => !headline.includes(sentence));
}

/** Its picture: the comparison where it is valid, else the curve that says why it is not. */
export function heroOf(answer: Answer, results: ExperimentResults): Figure | undefined {
  if (answer.valid) return answer.budgets.length > 0 ? accuracyByBudget(answer.budgets, answer.efficiency) : undefined;
  const [worst] = answer.findings;
  return worst?.about === 'pretraining' ? pretrainingCurves(results.pretraining).pop() : undefined;
}
