import { argmax } from '../../report/classification-metrics';

/** A cell as RFC 4180 has it. */
export const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/**
 * One line for each image: its path, or its place in the split where the dataset has no names; its class, the predicted
 * class, and the probability of each class.
 *
 * @param probabilities [n, classes], row-major; @param truth class of each image; @param names paths of the images
 */
export function predictionsCsv(
  probabilities: Float64Array,
  truth: ArrayLike<number>,
  classes: readonly string[],
  names: readonly string[] | null = null,
): Buffer {
  const cells = classes.map(quoted);
  const lines = Array.from(truth, (label, at) => {
    const row = probabilities.subarray(at * classes.length, (at + 1) * classes.length);
    const image = names ? quoted(names[at] as string) : at;
    return [image, cells[label], cells[argmax(row)], ...Array.from(row, (value) => value.toFixed(6))].join(',');
  });
  return Buffer.from([`image,label,predicted,${cells.join(',')}`, ...lines, ''].join('\n'));
}
