/** What decides how many steps a classifier takes. */
interface Lengths {
  batch: number;
  minStepsPerEpoch?: number | undefined;
}

/**
 * The steps of a classifier's epoch. With few labels it is steps that training lacks: 30 images in one batch are one step a
 * pass, so that an epoch may pass over them several times.
 *
 * @param labelled images, at least 1
 * @returns images of a step, whole batches among the labelled images, and steps of an epoch
 */
export function classifierSteps({ batch: wanted, minStepsPerEpoch = 1 }: Lengths, labelled: number) {
  const batch = Math.min(wanted, labelled);
  const perPass = Math.floor(labelled / batch);
  return { batch, perPass, perEpoch: perPass * Math.ceil(minStepsPerEpoch / perPass) };
}
