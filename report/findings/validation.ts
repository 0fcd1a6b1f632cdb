import { coarseToChooseBy, standardError } from '../../experiment/standard-error';
import type { ComparisonResult, ExperimentResults } from '../results';
import { chosenAmong, chosenOn } from '../search';
import { meanOf } from '../statistics';
import { counted, percent, whole } from '../wording';
import type { Finding } from './finding';

/** One below which a wrong choice hardly costs anything: settings that are so close are as good as each other. */
const negligible = 0.01;

/** How far the settings' validation accuracies lie apart. */
function rangeOf({ search }: ComparisonResult): number {
  const accuracies = search.map(({ validationAccuracy }) => validationAccuracy);
  return Math.max(...accuracies) - Math.min(...accuracies);
}

/** So few images to choose by that chance chose too. */
export function fewValidationFindings({ comparisons, dataset }: ExperimentResults): Finding[] {
  const images = dataset.counts['validation'] ?? 0;
  const searches = comparisons.filter(({ search }) => search.length > 1);
  if (images === 0 || searches.length === 0) return [];
  const accuracy = meanOf(searches.map(({ validationAccuracy }) => validationAccuracy));
  const error = standardError(accuracy, images);
  const close = searches.filter((each) => rangeOf(each) < standardError(each.validationAccuracy, images)).length;
  const mostly = close * 2 > searches.length;
  if (error <= coarseToChooseBy && !(error > negligible && mostly)) return [];
  const apart =
    close > 0 ? `; in ${close} of ${whole(searches.length)} searches all settings lay closer together than that` : '';
  return [
    {
      level: 'warning',
      about: 'search',
      text: `The settings were chosen on ${counted(images, 'validation image')}: the chosen ones' mean accuracy there, ${percent(accuracy)}, over so few has a standard error of ${(100 * error).toFixed(1)} points${apart}. So chance had a part in the choice, for every arm. Give more images to choose by (dataset.validation), or fewer settings to choose from.`,
    },
  ];
}

/** More labels to choose by than to train on are help that few have who have so few labels. */
export function validationFindings({ comparisons, dataset }: ExperimentResults): Finding[] {
  const validation = chosenOn({ comparisons, dataset });
  const fewest = Math.min(...comparisons.map(({ labelCount }) => labelCount));
  if (comparisons.length === 0 || validation <= fewest) return [];
  return [
    {
      level: 'warning',
      about: 'search',
      text: `${whole(validation)} validation labels chose ${chosenAmong(comparisons)} beside as few as ${counted(fewest, 'label')} to train on. All arms had this help; who has no such labels chooses less well. dataset.validation sets their number.`,
    },
  ];
}
