import { stringFeed } from '../../engine/protocol';
import { throwIfCancelled } from '../pulse';
import type { LoadedProgram } from '../trainer';

/** The encoder's features of the images in files, by the pretraining program's `embed`: [n, d], row by row. */
export async function embedFiles(
  loaded: LoadedProgram,
  paths: readonly string[],
): Promise<{ values: Float32Array; shape: [number, number] }> {
  const rows: ArrayLike<number>[] = [];
  let [count, width] = [0, 0];
  for (const path of paths) {
    throwIfCancelled();
    const { features } = await loaded.run('embed', { path: stringFeed(path) });
    if (!features) throw new Error('the program embeds nothing');
    rows.push(features.values);
    [count, width] = [count + (features.shape[0] as number), features.shape[1] as number];
  }
  const values = new Float32Array(count * width);
  let at = 0;
  for (const part of rows) {
    values.set(part, at);
    at += part.length;
  }
  return { values, shape: [count, width] };
}
