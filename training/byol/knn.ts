/** Temperature of the votes (Wu et al. 2018, section 3.4). */
const temperature = 0.07;

/**
 * The share of queries that their nearest neighbours class right: the weighted vote of Wu et al. 2018 (section 3.4), in
 * which a neighbour of cosine s counts exp(s / 0.07) for its class. Of classes with equal votes the first wins.
 *
 * @param cosines [m, k], of each query and its k nearest bank rows; places [m, k], which rows of the bank those are
 * @param bankLabels class of each bank row; queryLabels: of each query; from 0
 * @returns 0..1
 */
export function knnAccuracy(
  cosines: ArrayLike<number>,
  places: ArrayLike<number>,
  bankLabels: ArrayLike<number>,
  queryLabels: ArrayLike<number>,
  classes: number,
): number {
  const queries = queryLabels.length;
  const k = cosines.length / queries;
  let right = 0;
  for (let query = 0; query < queries; query++) {
    const votes = new Float64Array(classes);
    for (let rank = 0; rank < k; rank++) {
      const label = bankLabels[places[query * k + rank] as number] as number;
      // Relative to the nearest: exp(1 / 0.07) itself is large.
      const far = (cosines[query * k + rank] as number) - (cosines[query * k] as number);
      votes[label] = (votes[label] as number) + Math.exp(far / temperature);
    }
    if (votes.indexOf(Math.max(...votes)) === queryLabels[query]) right++;
  }
  return right / queries;
}
