import type { SearchPoint } from '../activities/evaluate';

/**
 * The learning rate with the best validation accuracy; of equals the smaller rate, so that the choice does not hang on
 * the order in which the spec lists them. An accuracy that is no number (a training that diverged) loses to any other.
 *
 * @throws Error when nothing was tried.
 */
export function chooseLearningRate(search: readonly SearchPoint[]): SearchPoint {
  const worth = ({ validationAccuracy }: SearchPoint) => (validationAccuracy >= 0 ? validationAccuracy : -1);
  const [best] = [...search].sort((a, b) => worth(b) - worth(a) || a.learningRate - b.learningRate);
  if (!best) throw new Error('No learning rate to choose from: the spec lists none.');
  return best;
}
