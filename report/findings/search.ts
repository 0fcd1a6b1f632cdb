import { arms, type LabelBudget } from '../../experiment/comparison';
import { classifierSteps } from '../../experiment/classifier-steps';
import { epochsOf, type Setting } from '../../experiment/search-grid';
import type { ComparisonResult, ExperimentResults } from '../results';
import { chosenOf, settingName, triedSettings } from '../search';
import { budgetPhrase, counted, whole } from '../wording';
import { list, widened } from '../next-step';
import { describe, type Finding } from './finding';

/** Whether every arm searched the same list, and the validation split alone chose. */
export function searchFindings(comparisons: ComparisonResult[]): Finding[] {
  const first = comparisons[0];
  if (!first) return [];
  const findings: Finding[] = [];
  const list = (result: ComparisonResult) =>
    triedSettings([result]).map((setting) => settingName(setting, comparisons));
  const other = comparisons.find((result) => list(result).join() !== list(first).join());
  if (other)
    findings.push({
      level: 'invalid',
      about: 'search',
      text: `The search was not the same for all: ${describe(first)} tried the settings ${list(first).join('; ')}, but ${describe(other)} tried ${list(other).join('; ')}. A comparison is fair only when every arm searches the same list.`,
    });
  const misled = comparisons.filter((result) => {
    const best = Math.max(...result.search.map((tried) => tried.validationAccuracy));
    return chosenOf(result)?.validationAccuracy !== best;
  });
  if (misled[0])
    findings.push({
      level: 'invalid',
      about: 'search',
      text: `The setting ${settingName(misled[0].chosen, comparisons)} was not the best on the validation split for ${describe(misled[0])}${misled.length > 1 ? ` (and ${misled.length - 1} more)` : ''}: something other than the validation split chose it.`,
    });
  return findings;
}

const consequence = {
  supervised: 'The baseline may then be too low, and the gain too large.',
  'linear-probe': 'The gain of the linear probe may then be too small.',
  'fine-tuned': 'The gain may then be too small.',
} as const;

/** '50 labels: 2 of 2; 100 labels: 1 of 2' */
function byBudget(some: ComparisonResult[], all: ComparisonResult[]): string {
  const budgets = [...new Map(all.map((result) => [result.labels, result])).values()];
  return budgets
    .map(({ labels, labelCount }) => {
      const count = (results: ComparisonResult[]) => results.filter((result) => result.labels === labels).length;
      return `${budgetPhrase(labels, labelCount)}: ${count(some)} of ${count(all)}`;
    })
    .join('; ');
}

/** Of fewer rates each is at an end of the list. */
const fewestRates = 3;

/** The ends of the search at which a better setting may lie beyond. */
const edges: { axis: keyof Setting; end: 'lowest' | 'highest'; words: string; beyond: string; remedy: string }[] = [
  {
    axis: 'learningRate',
    end: 'lowest',
    words: 'learning rate was the lowest',
    beyond: 'a better one may lie beyond it',
    remedy: 'Add one to classifier.learningRates',
  },
  {
    axis: 'learningRate',
    end: 'highest',
    words: 'learning rate was the highest',
    beyond: 'a better one may lie beyond it',
    remedy: 'Add one to classifier.learningRates',
  },
  {
    axis: 'epochs',
    end: 'lowest',
    words: 'number of epochs was the smallest',
    beyond: 'shorter training may do better still',
    remedy: 'Add a smaller one to classifier.epochs',
  },
  {
    axis: 'epochs',
    end: 'highest',
    words: 'number of epochs was the largest',
    beyond: 'longer training may do better still',
    remedy: 'Add a larger one to classifier.epochs',
  },
];

/**
 * A best setting at an end of the list, in most searches of some label budget: others need not share its trouble. Said for
 * each arm, since it can favour one of them.
 */
export function edgeFindings(comparisons: ComparisonResult[]): Finding[] {
  return arms.flatMap((arm) =>
    edges.flatMap(({ axis, end, words, beyond, remedy }): Finding[] => {
      const valuesOf = (result: ComparisonResult) => result.search.map((tried) => tried[axis]);
      const least = axis === 'learningRate' ? fewestRates : 2;
      const searched = comparisons.filter((result) => result.arm === arm && new Set(valuesOf(result)).size >= least);
      const extreme = end === 'lowest' ? Math.min : Math.max;
      const atEnd = searched.filter((result) => result.chosen[axis] === extreme(...valuesOf(result)));
      const among = (results: ComparisonResult[], labels: LabelBudget) =>
        results.filter((result) => result.labels === labels).length;
      if (!atEnd.some(({ labels }) => among(atEnd, labels) * 2 > among(searched, labels))) return [];
      return [
        {
          level: 'warning',
          about: 'search',
          edge: { arm, axis, end },
          text: `In ${atEnd.length} of ${searched.length} searches of the ${arm} arm the best ${words} of the list${atEnd.length < searched.length ? ` (${byBudget(atEnd, searched)})` : ''}, so that ${beyond}. ${consequence[arm]} ${remedy} and run again.`,
        },
      ];
    }),
  );
}

/** A sweep of pretraining's settings: the pretrained arms were chosen from more than the baseline was. */
export function sweepFindings({ sweep, comparisons }: ExperimentResults): Finding[] {
  if (!sweep || comparisons.length === 0 || sweep.settings.pretrained <= sweep.settings.supervised) return [];
  const { members, pretrainingOnly, settings } = sweep;
  const differ = pretrainingOnly === 1 ? 'differs from another' : 'differ from others';
  return [
    {
      level: 'warning',
      about: 'search',
      text: `These settings are one of ${counted(members, 'member')} that the sweep ${sweep.sweep} chose among by the validation split: the pretrained arms had ${counted(settings.pretrained, 'setting')} to be chosen from (learning rates and lengths of the classifiers counted), the supervised arm ${whole(settings.supervised)}, since ${whole(pretrainingOnly)} of the members ${differ} in pretraining alone. Part of the gain may come from that wider search. Sweep settings of the classifiers too, so that the supervised arm has more to choose from.`,
    },
  ];
}

/** So few rates that the best is at an end in any case. */
export function fewRatesFindings({ spec, comparisons }: ExperimentResults): Finding[] {
  const rates = spec.classifier.learningRates.length;
  if (comparisons.length === 0 || rates >= fewestRates) return [];
  return [
    {
      level: 'warning',
      about: 'search',
      text: `Only ${counted(rates, 'learning rate')} ${rates === 1 ? 'was' : 'were'} tried: whether a better one lies beyond is not known for any arm. Give classifier.learningRates at least ${fewestRates}.`,
      mend: {
        text: `Search more learning rates: ${rates === 1 ? 'with only one' : 'with only two'} it is not known whether a better one lies beyond.`,
        settings: [`classifier.learningRates=${list(widened(spec.classifier.learningRates))}`],
      },
    },
  ];
}

/**
 * Steps below which an arm that starts from random weights is surely short of them. On digits with 50 labels it gains 1.4
 * points from 240 to 480 steps, and .8 and .4 from doubling them again: that the length is one choice is told beside it.
 */
const enoughSteps = 400;

/** Pretrained weights need few steps to become a classifier, random ones more: with too few the gain is partly that. */
export function stepsFindings({ spec: { classifier }, comparisons }: ExperimentResults): Finding[] {
  const lengths = comparisons.map(({ labels, labelCount }) => {
    const { perEpoch } = classifierSteps(classifier, labelCount);
    return { steps: perEpoch * Math.max(...epochsOf(classifier)), labels: budgetPhrase(labels, labelCount) };
  });
  const [fewest] = lengths.sort((a, b) => a.steps - b.steps);
  if (!fewest || fewest.steps >= enoughSteps) return [];
  return [
    {
      level: 'warning',
      about: 'search',
      text: `With ${fewest.labels} a classifier trained for ${counted(fewest.steps, 'optimizer step')} at most. Supervised training needs more of them than fine-tuning does, so that part of the difference may be too short a training of the baseline. Raise classifier.minStepsPerEpoch or classifier.epochs to ${enoughSteps} steps and more.`,
      mend: {
        text: `Train every classifier for ${enoughSteps} steps or more: with ${fewest.labels} it had ${whole(fewest.steps)} at most.`,
        settings: [`classifier.minStepsPerEpoch=${Math.ceil(enoughSteps / Math.max(...epochsOf(classifier)))}`],
      },
    },
  ];
}

/** One length for all: an arm that wants longer training would not show it. */
export function lengthFindings({ spec, comparisons }: ExperimentResults): Finding[] {
  const [length, ...more] = epochsOf(spec.classifier);
  if (comparisons.length === 0 || length === undefined || more.length > 0) return [];
  return [
    {
      level: 'warning',
      about: 'search',
      text: `Every classifier trained for ${counted(length, 'epoch')}, the only length that was tried: an arm that gains from longer training does not show it, and if that is the baseline, as it was on digits, the gain becomes smaller. classifier.epochs takes a list, such as [${length}, ${2 * length}].`,
    },
  ];
}
