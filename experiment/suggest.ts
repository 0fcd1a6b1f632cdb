/** Edits (insert, delete, replace, swap of neighbours) that turn `from` into `to`: the optimal-string-alignment distance. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = last[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      let best = Math.min(replaced, last[column]! + 1, current[column - 1]! + 1);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, beforeLast[column - 2]! + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}

const bare = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The words of `known` that `given` was probably meant to be, nearest first, at most three; none when all are far. */
export function suggest(given: string, known: readonly string[]): string[] {
  const wanted = bare(given.slice(0, 100));
  if (wanted === '') return [];
  const near = known
    .map((word) => ({ word, distance: editDistance(wanted, bare(word)) }))
    .filter(({ word, distance }) => distance <= Math.max(1, Math.floor(Math.min(wanted.length, bare(word).length) / 3)))
    .sort((a, b) => a.distance - b.distance);
  const best = near[0]?.distance ?? 0;
  return near
    .filter(({ distance }) => distance <= best + 1)
    .map(({ word }) => word)
    .slice(0, 3);
}
