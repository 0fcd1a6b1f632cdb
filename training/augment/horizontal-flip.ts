import type { Augmentation } from '../../experiment/augmentation';
import type { Tensor } from '../graph/graph';
import { gather } from '../graph/ops/array';
import { constant } from '../graph/ops/constant';
import { cast } from '../graph/ops/elementwise';
import { applies, drawn } from './draws';
import type { Resampling } from './resampling';

type Options = Extract<Augmentation, { op: 'horizontal-flip' }>;

export const draws = 1;

/** Left and right exchanged. @param u [B, draws] */
export function resampling(u: Tensor, [, width]: readonly [number, number], { p }: Options): Resampling {
  const { graph } = u.node;
  const matrices = graph.once(`itself and mirrored, ${width}`, () => {
    const permutation = (target: (row: number) => number) =>
      Array.from({ length: width * width }, (_, at) => (at % width === target(Math.floor(at / width)) ? 1 : 0));
    const both = [...permutation((row) => row), ...permutation((row) => width - 1 - row)];
    return constant(graph, 'float32', both, [2, width, width]);
  });
  return { columns: gather(matrices, cast(applies(drawn(u, 0), p), 'int32'), 0) };
}
