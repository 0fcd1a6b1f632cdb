import { operationsSideBySide } from '../../activities/threads';
import { int32Feed } from '../../engine/protocol';
import { Graph, type Tensor } from '../../training/graph/graph';
import { fill } from '../../training/graph/ops/constant';
import { cast } from '../../training/graph/ops/elementwise';
import { repeat } from '../../training/graph/ops/loop';
import { matmul } from '../../training/graph/ops/matmul';
import { sum } from '../../training/graph/ops/reduction';
import { savedModel } from '../../training/graph/saved-model';
import { startEngine, writeProgram } from '../engine-program';

const size = 1536;

/** As many chains of products as operations run side by side; none waits for another. */
function products(dtype: 'float32' | 'bfloat16', chains: number): Uint8Array {
  const graph = new Graph();
  const rounds = graph.placeholder('rounds', 'int32', []);
  // Rows of 1 / size keep the numbers as they are; chains that start alike would be one for TensorFlow.
  const filled = (value: number) => cast(fill(graph, [size, size], value), dtype);
  const starts = Array.from({ length: chains }, (_, chain) => filled(chain + 1));
  const ended = repeat('products', rounds, [filled(1 / size)], starts, (_, __, [by], carried) => ({
    carried: carried.map((each) => matmul(each, by as Tensor)),
    effects: [],
  }));
  const outputs = ended.map((each, chain) => [`sum${chain}`, sum(cast(each, 'float32'), [0, 1])] as const);
  return savedModel(graph, { multiply: { inputs: { rounds }, outputs: Object.fromEntries(outputs) } });
}

/** @returns GFLOP/s of one of the operations side by side while all are at work: the best of several tries */
export async function matmulRate(dtype: 'float32' | 'bfloat16', scratch: string, seconds = 1): Promise<number> {
  const folder = writeProgram(scratch, `products-${dtype}`, products(dtype, operationsSideBySide));
  const engine = await startEngine({ threads: { intra: 1, inter: operationsSideBySide } });
  try {
    const run = async (rounds: number) => {
      const start = performance.now();
      await engine.run(folder, 'multiply', { rounds: int32Feed([rounds]) });
      return (performance.now() - start) / 1000;
    };
    await run(2);
    const rounds = Math.max(4, Math.round((4 * seconds) / (await run(4))));
    const times = [await run(rounds), await run(rounds), await run(rounds)];
    return (2 * size ** 3 * rounds) / Math.min(...times) / 1e9;
  } finally {
    await engine.stop();
  }
}
