import type { Measurement, Results, Unmarked } from './results-file';
import { shown, type Spread } from './spread';

/** docs/bench.md: every measurement with machine and versions. @param file of bench/results that has them too */
export function benchPage(results: Results, file: string): string {
  const { machine, threads, versions, training, leftOut, measurements } = results;
  const engine = `${threads.engine.inter} operations side by side with ${threads.engine.large} each (small networks: ${threads.engine.small}; a large classifier, whose operations run one by one, has all cores)`;
  return [
    '# Speed, measured',
    '',
    `Written by \`npm run bench\` from [bench/results/${file}](../bench/results/${file}); do not edit.`,
    '',
    `${machine.gpu === undefined ? '' : `${machine.gpu}; `}${machine.cpu}, ${machine.cores} cores (${machine.flags.join(', ') || 'no known instruction sets'}), ` +
      `${machine.memoryGB} GB, ${machine.system}, node ${machine.node}. ` +
      `${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}. Threads: ours ${engine}, PyTorch's ${threads.pytorch}.`,
    '',
    'Both sides of a row take turns in one run; figures are the median and, in brackets, the range over the rounds. The ratio is taken ' +
      'round by round and is above 1 where ours is better. In a step and in embedding PyTorch runs in the fastest configurations that a ' +
      'search finds (up to three that are within a tenth of each other; what counts in a round is the one that is the fastest in it): channels_last or not together with eager or `torch.compile` (for embedding with frozen weights too), then `foreach` or fused Adam ' +
      '(with augmentation the ways of its views come first); the others of a choice are tried in turns, three times, but for what is far behind after the first. ' +
      `${file} has under \`tried\` what each had; a row of these that has no \`tried\` is older, with one try each. Those are the best of short trials and can be above what the same ` +
      'configuration has in the rounds, by a quarter at most: a round is longer, and both sides have the slow seconds of a shared machine in it.',
    '',
    ...(measurements.some((each) => each.training !== training)
      ? ['Rows marked *earlier* were measured with an earlier version of `training/` than the others.', '']
      : []),
    ...sections(measurements, training),
    ...(leftOut.length > 0 ? ['## Left out', '', ...leftOut.map((line) => `- ${line}`), ''] : []),
  ].join('\n');
}

function sections(measurements: readonly Measurement[], now: string): string[] {
  const stages = [...new Set(measurements.map(({ stage }) => stage))];
  return stages.flatMap((stage) => {
    const rows = measurements.filter((each) => each.stage === stage);
    const { title, unit, against = 'PyTorch' } = rows[0] as Measurement;
    const named = rows.some(({ peerIs }) => peerIs !== undefined);
    const lines = rows.map((each) => [
      `${each.case ?? 'as a whole'}${each.training === now ? '' : ' (earlier)'}`,
      shown(each.ours),
      each.peer ? shown(each.peer) : '-',
      each.ratio ? times(each.ratio) : '-',
      ...(named ? [each.peerIs ?? '-'] : []),
      `${each.measured.slice(0, 10)}, ${each.rounds} ${each.rounds === 1 ? 'round' : 'rounds'}`,
    ]);
    return [
      `## ${title}`,
      '',
      ...markdown(
        ['case', `ours, ${unit}`, `${against}, ${unit}`, 'ratio', ...(named ? ['PyTorch is'] : []), 'measured'],
        lines,
      ),
      '',
    ];
  });
}

/** "1.08 (1.07-1.11)". */
export const times = ({ median, min, max }: Spread): string =>
  `${median.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;

/** A table; bars in cells are escaped. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}

/** One measurement for the terminal. */
export function measurementLine(measured: Unmarked): string {
  const { stage, case: name, unit, ours, peer, against = 'PyTorch', ratio, peerIs } = measured;
  const what = [stage, name].filter((part) => part !== null).join(' ');
  if (!peer || !ratio) return `${what}: ${shown(ours)} ${unit}`;
  return (
    `${what}: ours ${shown(ours)} ${unit}, ${against} ${shown(peer)}` +
    `${peerIs ? ` [${peerIs}]` : ''}; ratio ${times(ratio)}`
  );
}
