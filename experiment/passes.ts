/**
 * How often an epoch of a classifier passes over the labelled images. With few labels it is steps that training lacks: 30
 * images in a batch are one step a pass.
 *
 * @param stepsPerPass whole batches among the labelled images, at least 1
 */
export const passesPerEpoch = (
  stepsPerPass: number,
  { minStepsPerEpoch = 1 }: { minStepsPerEpoch?: number | undefined },
): number => Math.ceil(minStepsPerEpoch / stepsPerPass);
