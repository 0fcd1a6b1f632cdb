import { size, type Tensor } from '../../graph';
import { reshape, reverse, transpose } from '../array';

/** The filter by which dy gives the gradient by the input, for stride 1: turned round, in and out exchanged. [3, 3, O, C] */
export function turned(filter: Tensor): Tensor {
  const [ci, co] = [size(filter, 2), size(filter, 3)];
  return filter.node.graph.once(`turned ${filter.node.id}`, () =>
    reshape(transpose(reverse(reshape(filter, [9, ci, co]), [0]), [0, 2, 1]), [3, 3, co, ci]),
  );
}
