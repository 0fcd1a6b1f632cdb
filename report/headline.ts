import type { Finding } from './findings/finding';
import type { LabelEfficiency } from './label-efficiency';
import { equivalences, neededRange, neededWords } from './labels-needed';
import type { BudgetStatistics, DifferenceStatistics } from './statistics';
import { toSettle, type ToSettle } from './to-settle';
import { budgetPhrase, budgetShort, counted, listed, percent, points, pointsRange, whole } from './wording';

const labelsOf = (budget: BudgetStatistics): string => budgetPhrase(budget.labels, budget.labelCount);

/** What the gain is ascribed to: without fine-tuning, the encoder as it stands. */
const subjectOf = ({ pretrainedArm }: BudgetStatistics): string =>
  pretrainedArm === 'fine-tuned' ? 'BYOL pretraining' : 'a linear probe on the BYOL encoder';

/** '+3.3 points (95% interval +0.6 to +6.1; 3 seeds, +2.2 to +4.4)' */
export function gainWords(difference: DifferenceStatistics): string {
  const seeds = counted(difference.seeds.length, 'seed');
  const uncertainty = difference.interval
    ? `95% interval ${pointsRange(difference.interval)}; ${seeds}: ${pointsRange([difference.min, difference.max])}`
    : `${seeds}, so no interval`;
  return `${points(difference.mean)} points (${uncertainty})`;
}

/** As far as the interval of the difference across the two label budgets allows. */
function efficiencySentence({ few, many, difference, imageInterval, verdict }: LabelEfficiency): string {
  if (!few.pretrained || !many.supervised || !few.difference) return '';
  const tuned = percent(few.pretrained.mean);
  const open = verdict === 'on-a-par' && (difference.interval?.[0] ?? 0) > 0 && imageInterval;
  const overImages = open ? `, over test images ${pointsRange(open)}` : '';
  const stands = verdict === 'better' ? 'does better than' : 'is on a par with';
  return (
    `With ${labelsOf(few)}, ${subjectOf(few)} ${stands} supervised training with ${budgetShort(many.labels, many.labelCount)}: ` +
    `${tuned} against ${percent(many.supervised.mean)}, ${gainWords(difference)}${overImages}. ` +
    `At ${labelsOf(few)} it raises accuracy from ${percent(few.supervised?.mean ?? NaN)} to ${tuned}: ${gainWords(few.difference)}.`
  );
}

function unsettledSentence(budget: BudgetStatistics, change: string): string {
  const { difference } = budget;
  const start = `With ${labelsOf(budget)} it is not settled whether ${subjectOf(budget)} helps: `;
  if (!difference) return `${start}no seed has a result for both arms.`;
  const need = toSettle(budget);
  if (need.by === 'learning')
    return (
      `${start}no arm does much better than always naming the most frequent class (${percent(budget.chance)}); ${change}, ` +
      `${gainWords(difference)}. More seeds would not change that: the training has to learn something first.`
    );
  if (!difference.interval)
    return `${start}${change}, ${points(difference.mean)} points, but from one seed alone, which can be luck and has no interval. Run at least 3 seeds.`;
  if (difference.max === difference.min)
    return `${start}${change}, the same ${points(difference.mean)} points in each of ${counted(difference.seeds.length, 'seed')}, so that there is no spread to judge it by.`;
  if (need.by === 'three-seeds')
    return `${start}${change}, ${gainWords(difference)}. ${ofTwo(difference)}; run at least 3 to judge.`;
  if (need.by === 'test-images' && budget.imageInterval)
    return (
      `${start}${change}, ${gainWords(difference)}, but another draw of as many test images could turn it: their 95% ` +
      `interval is ${pointsRange(budget.imageInterval)}. More test images would settle it.`
    );
  return `${start}${change}, ${gainWords(difference)}, and that interval includes zero. ${seedsSentence(budget, need)}`;
}

/** Seeds judge the same test images: where those leave it open too, more seeds alone would not tell. */
function seedsSentence({ imageInterval }: BudgetStatistics, need: ToSettle): string {
  if (need.by === 'seeds') {
    const images =
      need.testImages && imageInterval
        ? `, on more test images (over these the 95% interval is ${pointsRange(imageInterval)}),`
        : '';
    return `About ${counted(need.more, 'more seed')}${images} would tell (with 80% power, if mean and spread stay as they are).`;
  }
  const many =
    need.by === 'larger-gain' && need.more !== null
      ? `about ${need.more} more would be needed`
      : '100 in all would hardly do';
  return `More seeds will not settle it at this size of gain (${many}): ` + 'longer training or more labels may.';
}

/** Two differences make an interval that says little: what can be said is their signs. */
function ofTwo({ min, max }: DifferenceStatistics): string {
  if (min > 0) return 'Both seeds gained';
  return max < 0 ? 'Both seeds lost' : 'One seed gained and one did not';
}

/** What one label budget says, in a sentence or two with its uncertainty. */
export function budgetSentence(budget: BudgetStatistics): string {
  const { supervised, pretrained, difference } = budget;
  const change =
    supervised && pretrained
      ? `accuracy went from ${percent(supervised.mean)} (supervised) to ${percent(pretrained.mean)} (${budget.pretrainedArm})`
      : '';
  if (budget.verdict === 'not-settled' || !supervised || !pretrained || !difference)
    return unsettledSentence(budget, change);
  const from = `from ${percent(supervised.mean)} to ${percent(pretrained.mean)}: ${gainWords(difference)}.`;
  return budget.verdict === 'helped'
    ? `With ${labelsOf(budget)}, ${subjectOf(budget)} raises accuracy ${from}`
    : `With ${labelsOf(budget)}, ${subjectOf(budget)} did not help: it lowers accuracy ${from}`;
}

/** 'Supervised training would need about 85 labels for that ...'; '' where nothing was gained or the budgets do not reach so far. */
function neededSentence(budgets: BudgetStatistics[], subject: BudgetStatistics): string {
  const found = equivalences(budgets).find((each) => each.budget === subject);
  if (!found || subject.verdict !== 'helped') return '';
  const { needed } = found;
  if (typeof needed !== 'number' || needed <= subject.labelCount) return '';
  return ` Supervised training would need ${neededWords(needed, budgets)} labels for that (seed by seed: ${neededRange(found, budgets)}).`;
}

/** What leaves it open where the seeds do not: the interval over test images. */
const overImages = (budget: BudgetStatistics): string =>
  budget.verdict === 'not-settled' && toSettle(budget).by === 'test-images' && budget.imageInterval
    ? `, over test images ${pointsRange(budget.imageInterval)}`
    : '';

const verdictWords = { helped: 'it helped', hurt: 'it did harm', 'not-settled': 'it is not settled' } as const;

/** Labels that trained nothing were used all the same: whoever reads '50 labels' must know of them. */
const choiceSentence = (validationImages: number): string =>
  validationImages > 0
    ? ` Settings were chosen on ${whole(validationImages)} further labels, the validation split.`
    : '';

/** What the headline is made of. */
interface Told {
  budgets: BudgetStatistics[];
  findings: Finding[];
  efficiency: LabelEfficiency | null;
}

/**
 * The answer in a few sentences, chosen by rules from the numbers: a comparison that is not valid is not presented; else a
 * label efficiency (`labelEfficiency`); else the budget with the fewest labels, and what it is worth in labels. Budgets that say otherwise are named. Last, how many labels chose the settings.
 *
 * @param validationImages those by which settings were chosen
 */
export function headlineOf({ budgets, findings, efficiency }: Told, validationImages = 0): string {
  const invalid = findings.find((finding) => finding.level === 'invalid');
  if (invalid) return `No valid answer: ${invalid.text.charAt(0).toLowerCase()}${invalid.text.slice(1)}`;
  const subject = efficiency?.few ?? budgets[0];
  if (!subject) return 'No answer yet: no comparison was finished.';
  const main = efficiency ? efficiencySentence(efficiency) : budgetSentence(subject) + neededSentence(budgets, subject);
  const others = (['helped', 'hurt', 'not-settled'] as const).flatMap((verdict) => {
    const same = budgets.filter((budget) => budget !== subject && budget.verdict === verdict);
    if (verdict === subject.verdict || same.length === 0) return [];
    const named = same.map(
      (budget) =>
        `${labelsOf(budget)}${budget.difference ? ` (${points(budget.difference.mean)} points${overImages(budget)})` : ''}`,
    );
    return [`with ${listed(named)} ${verdictWords[verdict]}`];
  });
  const elsewhere = others.length === 0 ? '' : ` Elsewhere: ${others.join('; ')}.`;
  return main + elsewhere + choiceSentence(validationImages);
}
