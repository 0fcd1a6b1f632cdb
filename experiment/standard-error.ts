/**
 * Standard error of a share (an accuracy) that was counted over so many images, by the adjustment of Agresti & Coull 1998
 * (Approximate is better than "exact" for interval estimation of binomial proportions): 20 of 20 is not known without error.
 */
export function standardError(share: number, images: number): number {
  const adjusted = (share * images + 2) / (images + 4);
  return Math.sqrt((adjusted * (1 - adjusted)) / (images + 4));
}

/** One of validation accuracies from which chance has a part in every choice. */
export const coarseToChooseBy = 0.03;
