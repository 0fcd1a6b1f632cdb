import { arms } from '../../experiment/comparison';
import { summarize } from '../statistics';
import { budgetPhrase, listed, percent, whole } from '../wording';
import type { ComparisonResult, ExperimentResults } from '../results';
import { describe, type Finding } from './finding';

/** Whether the results can be set side by side, and are enough. */
export function pairFindings(comparisons: ComparisonResult[]): Finding[] {
  const findings: Finding[] = [];
  const there = new Set(comparisons.map((result) => `${result.arm} ${result.labels} ${result.seed}`));
  const present = arms.filter((arm) => comparisons.some((result) => result.arm === arm));
  const alone = comparisons.filter(
    ({ labels, seed }) => !present.every((arm) => there.has(`${arm} ${labels} ${seed}`)),
  );
  if (alone.length > 0)
    findings.push({
      level: 'warning',
      about: 'results',
      text: `Not every arm has a result beside ${alone.map(describe).join('; ')}. Differences are taken over the seeds that have both arms.`,
    });
  const paired = new Set(comparisons.map(({ labels, seed }) => `${labels} ${seed}`));
  const perBudget = [...new Set(comparisons.map(({ labels }) => labels))].map(
    (labels) => [...paired].filter((pair) => pair.startsWith(`${labels} `)).length,
  );
  if (perBudget.includes(2))
    findings.push({
      level: 'warning',
      about: 'results',
      text: 'Only 2 seeds: an interval from them rests on how far two gains happen to lie apart, so that nothing is called settled. Run at least 3.',
    });
  if (new Set(comparisons.map((result) => result.test.count)).size > 1)
    findings.push({
      level: 'invalid',
      about: 'results',
      text: 'The results were measured on test splits of different sizes, so that their accuracies cannot be compared.',
    });
  return findings;
}

/** Pictures that a classifier saw with their label and is then tested on. */
export function leakageFindings({ images }: ExperimentResults): Finding[] {
  return (images?.overlaps ?? [])
    .filter(({ flatters }) => flatters)
    .map(({ count, what, example }) => ({
      level: 'warning',
      about: 'results',
      text: `The test split is not all new: ${whole(count)} ${what}, for example ${example}. Take them out of one side (of one folder that is split here: keep one of each) and run again.`,
    }));
}

/** Arms that guess cannot be compared: their difference is noise, however many seeds tell it. */
export function guessingFindings(comparisons: ComparisonResult[]): Finding[] {
  const guessing = summarize(comparisons).filter((budget) => budget.guessing);
  const [first] = guessing;
  if (!first) return [];
  return [
    {
      level: 'warning',
      about: 'results',
      text: `With ${listed(guessing.map(({ labels, labelCount }) => budgetPhrase(labels, labelCount)))} no arm does much better than always naming the most frequent class (${percent(first.chance)}): what is compared is noise. Train longer (classifier.epochs), with other rates, or with more labels.`,
    },
  ];
}

/** One arm that learned nothing where the others did: the difference is that, and not what pretraining is worth. */
export function lostArmFindings(comparisons: ComparisonResult[]): Finding[] {
  return summarize(comparisons)
    .filter(({ guessing }) => !guessing)
    .flatMap(({ supervised, linearProbe, fineTuned, chance, learned, ...budget }) =>
      Object.entries({ supervised, 'linear-probe': linearProbe, 'fine-tuned': fineTuned }).flatMap(
        ([arm, statistics]): Finding[] => {
          if (!statistics || statistics.mean >= learned) return [];
          return [
            {
              level: 'warning',
              about: 'results',
              text: `With ${budgetPhrase(budget.labels, budget.labelCount)} the ${arm} arm (${percent(statistics.mean)}) does not do much better than always naming the most frequent class (${percent(chance)}), and another arm does: the difference may be a training that failed. Give classifier.learningRates more values, or train longer (classifier.epochs).`,
            },
          ];
        },
      ),
    );
}
