import type { SearchPoint } from '../activities/classifier/evaluate';

/**
 * The setting with the best validation accuracy; of equals the lower validation loss, then the smaller learning rate, then
 * fewer epochs, so that the choice does not hang on the order in which the spec lists them. An accuracy or a loss that is
 * no number (a training that diverged) loses to any other.
 *
 * @throws Error when nothing was tried.
 */
export function chooseSetting(search: readonly SearchPoint[]): SearchPoint {
  const [best] = [...search].sort(
    (a, b) =>
      worth(b.validationAccuracy) - worth(a.validationAccuracy) ||
      (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : 0) ||
      a.learningRate - b.learningRate ||
      a.epochs - b.epochs,
  );
  if (!best) throw new Error('No setting to choose from: the spec lists none.');
  return best;
}

const worth = (accuracy: number): number => (accuracy >= 0 ? accuracy : -1);
/** JSON has no NaN and no infinity: a loss that is not finite comes as null. */
const cost = ({ validationLoss }: SearchPoint): number =>
  typeof validationLoss === 'number' && Number.isFinite(validationLoss) ? validationLoss : Infinity;
