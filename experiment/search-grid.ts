/** One entry of the search: a training of its own, `epochs` long, its schedule spread over all of them. */
export interface Setting {
  learningRate: number;
  epochs: number;
}

/** What every arm tries: each learning rate with each length, in the spec's order. */
export function searchGrid(classifier: { learningRates: readonly number[]; epochs: number | readonly number[] }) {
  const lengths = epochsOf(classifier);
  return classifier.learningRates.flatMap((learningRate) =>
    lengths.map((epochs): Setting => ({ learningRate, epochs })),
  );
}

/** The lengths that the search tries. */
export const epochsOf = ({ epochs }: { epochs: number | readonly number[] }): readonly number[] =>
  typeof epochs === 'number' ? [epochs] : epochs;
