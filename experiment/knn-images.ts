/** At most this many labelled images vote, and this many validation images are classed. */
const most = { bank: 2000, queries: 1000 };
/** For each image of an epoch, which sends it about eight times through a network: what is embedded costs little beside it. */
const imagesPerImage = 0.15;
const least = 600;

/**
 * With how many images kNN accuracy is measured as pretraining goes, as far as there are so many.
 * @param unlabelled images of an epoch
 */
export function knnImages(unlabelled: number): { bank: number; queries: number } {
  const budget = Math.max(least, imagesPerImage * unlabelled);
  return {
    bank: Math.min(most.bank, Math.floor((budget * 2) / 3)),
    queries: Math.min(most.queries, Math.floor(budget / 3)),
  };
}
