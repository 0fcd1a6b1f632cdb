import { percent } from '../../experiment/percent';
import { figure } from '../spread';
import { markdown } from '../table';
import type { Account, Row } from './account';

/** Most shapes that are shown one by one. */
const mostShapes = 60;

export interface ProfileOf {
  name: string;
  machine: string;
  /** Day. */
  measured: string;
  /** Version of training/, as in peer.json. */
  training: string;
  threads: { intra: number; inter: number };
  secondsPerStep: number;
  /** Without the log, which takes time itself. */
  secondsPerStepAlone: number;
  batch: number;
  /** GFLOP/s of a large matrix product on one of the operations side by side, by precision. */
  rates: Readonly<Record<string, number>>;
}

/** A profile as Markdown. */
export function profilePage(of: ProfileOf, account: Account): string {
  const { threads, rates, secondsPerStep } = of;
  const measured = Object.entries(rates).map(([dtype, rate]) => `${figure(rate)} in ${dtype}`);
  const rest = account.byShape.slice(mostShapes);
  const restTime = rest.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const shapes = account.byShape.slice(0, mostShapes).map((row) => shapeCells(row, rates));
  return [
    `# Where a step of ${of.name} goes`,
    '',
    `Written by \`npm run bench -- --profile ${of.name}\` on ${of.measured} of version ${of.training} of \`training/\`. ${of.machine}; ${threads.inter} operations side by side with ` +
      `${threads.intra} thread(s) each. A step takes ${figure(1000 * of.secondsPerStepAlone)} ms ` +
      `(${figure(of.batch / of.secondsPerStepAlone)} images/s), with oneDNN's log ${figure(1000 * secondsPerStep)} ms.`,
    '',
    `Times are milliseconds of a step summed over the operations side by side, ${figure(account.total)} in all; shares are of ` +
      `that. The rate of a large matrix product on one of them, both at work, is ${measured.join(' and ')} GFLOP/s.`,
    '',
    ...markdown(
      ['operation', 'calls', 'ms', 'share', 'GFLOP/s', 'of the matrix-product rate'],
      [
        ...account.byType.map((row) => [row.operation, ...figures(row, rates)]),
        [
          'not in oneDNN (other operations, waiting)',
          '-',
          figure(account.outside),
          percent(account.outside / account.total),
          '-',
          '-',
        ],
      ],
    ),
    '',
    ...markdown(['operation', 'shape', 'calls', 'ms', 'share', 'GFLOP/s', 'of the matrix-product rate'], shapes),
    ...(rest.length > 0 ? ['', `${rest.length} more shapes take ${figure(restTime)} ms.`] : []),
    '',
  ].join('\n');
}

const shapeCells = (row: Row, rates: ProfileOf['rates']) => [row.operation, row.shape ?? '', ...figures(row, rates)];

function figures({ calls, milliseconds, share, gflops, dtype }: Row, rates: ProfileOf['rates']): string[] {
  const rate = rates[dtype];
  const reached = gflops === null || rate === undefined ? '-' : percent(gflops / rate);
  return [figure(calls), figure(milliseconds), percent(share), gflops === null ? '-' : figure(gflops), reached];
}
