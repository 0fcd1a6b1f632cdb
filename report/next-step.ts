/** Something to try because the answer disappoints. */
export interface NextStep {
  /** What to change, and what in the results says so. */
  text: string;
  /** The settings that do it, as `byol start` takes them; empty where no setting does. */
  settings: string[];
}

/** A setting's value that is a list of numbers. */
export const list = (values: readonly number[]): string => `[${values.join(',')}]`;

/** The neighbour of a learning rate among ..., 0.01, 0.03, 0.1, ... */
export const neighbour = (rate: number, end: 'lowest' | 'highest'): number =>
  Number((end === 'highest' ? (rate * 10) / 3 : rate / 3).toPrecision(1));

/** Learning rates with one more at either end. */
export const widened = (rates: readonly number[]): number[] =>
  [...new Set([neighbour(Math.min(...rates), 'lowest'), ...rates, neighbour(Math.max(...rates), 'highest')])].sort(
    (a, b) => a - b,
  );
