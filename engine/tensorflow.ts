import { createRequire } from 'node:module';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';

export type TensorFlowModule = typeof TensorFlow;

/**
 * The only import of tfjs-node-gpu. Loads TensorFlow into this process with a native addon that was built outside of
 * node_modules; to be called once, in the engine's child process.
 *
 * @param binding path of tfjs_binding.node
 */
export function loadTensorFlow(binding: string): TensorFlowModule {
  // Node 23 and later lack it; tfjs-node calls it.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
  const resolve = createRequire(__filename);
  const locatesAddon = resolve.resolve('@mapbox/node-pre-gyp', {
    paths: [resolve.resolve('@tensorflow/tfjs-node-gpu/package.json')],
  });
  const module = { id: locatesAddon, filename: locatesAddon, loaded: true, exports: { find: () => binding } };
  resolve.cache[locatesAddon] = module as unknown as NodeModule;
  return resolve('@tensorflow/tfjs-node-gpu') as TensorFlowModule;
}
