const blocks = [...'▁▂▃▄▅▆▇█'];

/**
 * The course of a number in `width` characters at most: the newest value stands at the right, and where there are more
 * values than characters each stands for the mean of several. '' for fewer than two values.
 */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2 || width < 2) return '';
  const shown = finite.length <= width ? finite : thinned(finite, width);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const levels = blocks.length - 1;
  return shown.map((value) => blocks[high === low ? 0 : Math.round((levels * (value - low)) / (high - low))]).join('');
}

function thinned(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, at) => {
    const part = values.slice(Math.floor((at * values.length) / width), Math.floor(((at + 1) * values.length) / width));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
