import type { TestMetrics } from './results';

/** Everything about a classifier on a split that follows from its probabilities and the truth. */
export type ClassificationMetrics = Omit<TestMetrics, 'predictionsKey' | 'predictionsSha256'>;

const calibrationBins = 15;
/** Classes up to which confusion is told: it has a number for every pair of them. */
const mostInConfusion = 1000;

/** Row `at` of a row-major matrix. */
const rowOf = (matrix: Float64Array, columns: number, at: number) => matrix.subarray(at * columns, (at + 1) * columns);

/**
 * Softmax of each row. A row that is not finite (a classifier that diverged) says nothing: all classes alike.
 *
 * @param logits [n, classes], row-major
 * @returns [n, classes] float64, each row sums to 1
 */
export function probabilitiesOf(logits: Float32Array, classes: number): Float64Array {
  const probabilities = Float64Array.from(logits);
  for (let at = 0; at < logits.length / classes; at++) {
    const row = rowOf(probabilities, classes, at);
    const peak = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - peak), 0);
    row.forEach((logit, at) => (row[at] = total > 0 ? Math.exp(logit - peak) / total : 1 / classes));
  }
  return probabilities;
}

/** Index of the largest value; of equals the first. */
export const argmax = (row: ArrayLike<number>): number => {
  let best = 0;
  for (let at = 1; at < row.length; at++) if ((row[at] as number) > (row[best] as number)) best = at;
  return best;
};

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Accuracy, top-5, macro F1, precision, recall and F1 of each class, expected calibration error and confusion.
 * As scikit-learn with zero_division=0: a class that was never predicted has precision 0, one without images recall 0, and
 * macro F1 is the mean over all classes. Calibration (Guo et al. 2017, section 2): 15 bins of equal width of the predicted
 * class's probability, (i/15, (i+1)/15]; the mean distance of confidence and accuracy, weighted by the bins' images.
 * Where probabilities are equal the class that comes first counts as the likelier.
 *
 * @param probabilities [n, classes], row-major; @param truth class of each image; @param names of the classes
 */
export function classificationMetrics(
  probabilities: Float64Array,
  truth: ArrayLike<number>,
  names: readonly string[],
): ClassificationMetrics {
  const count = truth.length;
  const classes = names.length;
  const tally = names.map(() => ({ count: 0, predicted: 0, right: 0 }));
  const confusion = classes > mostInConfusion ? [] : names.map(() => names.map(() => 0));
  const bins = Array.from({ length: calibrationBins }, () => ({ confidence: 0, right: 0 }));
  let amongFive = 0;
  for (let at = 0; at < count; at++) {
    const row = rowOf(probabilities, classes, at);
    const label = truth[at] as number;
    const predicted = argmax(row);
    tally[label]!.count++;
    tally[predicted]!.predicted++;
    if (predicted === label) tally[label]!.right++;
    if (confusion.length > 0) confusion[label]![predicted]!++;
    if (rankOf(row, label) < 5) amongFive++;
    const confidence = row[predicted] as number;
    const bin = Math.min(calibrationBins, Math.max(1, Math.ceil(confidence * calibrationBins))) - 1;
    bins[bin]!.confidence += confidence;
    if (predicted === label) bins[bin]!.right++;
  }
  const perClass = tally.map(({ count: images, predicted, right }, label) => ({
    name: names[label] as string,
    count: images,
    precision: ratio(right, predicted),
    recall: ratio(right, images),
    f1: ratio(2 * right, images + predicted),
  }));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return {
    accuracy: ratio(sum(tally.map(({ right }) => right)), count),
    count,
    top5: classes > 5 ? ratio(amongFive, count) : null,
    macroF1: ratio(sum(perClass.map(({ f1 }) => f1)), classes),
    ece: ratio(sum(bins.map(({ confidence, right }) => Math.abs(confidence - right))), count),
    confusion,
    perClass,
  };
}

/** How many classes come before a class when the likeliest stand first. */
const rankOf = (row: Float64Array, label: number): number => {
  const own = row[label] as number;
  return row.reduce((before, value, at) => before + (value > own || (value === own && at < label) ? 1 : 0), 0);
};
