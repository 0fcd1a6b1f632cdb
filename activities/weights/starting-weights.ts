import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { stringFeed } from '../../engine/protocol';
import { weights as weightsKey } from '../../storage/keys';
import { hashFile } from '../../storage/transfer';
import { startPrefixes } from '../../training/byol/networks';
import type { StateLayout } from '../../training/state';
import { WeightsError } from '../../training/weights/weights-error';
import type { TrainingDependencies } from '../training-dependencies';
import { openSafetensors } from '../formats/safetensors';
import { scratchFolder } from '../machine/scratch';
import type { LoadedProgram } from '../trainer';
import { readWeightsRecord } from './weights-record';

/**
 * The experiment's starting weights as a file of this machine, which later runs find again.
 *
 * @throws WeightsError where none were imported, StorageError
 */
export async function startingWeights(
  { store, cache }: Pick<TrainingDependencies, 'store' | 'cache'>,
  experiment: string,
): Promise<string> {
  const record = await readWeightsRecord(store, experiment);
  if (!record)
    throw new WeightsError(
      `The spec of ${experiment} names starting weights, and ${store.location} does not say which were imported. ` +
        `"byol resume ${experiment}" imports them again.`,
    );
  const path = join(cache, 'weights', record.digest);
  const found = await hashFile(path).catch(() => null);
  if (found?.sha256 !== record.digest) await store.download(weightsKey(record.digest), path, record.digest);
  return path;
}

/**
 * Gives a pretraining program whose weights are drawn the experiment's starting weights: the online and the target encoder
 * get them, projector and predictor stay as they are.
 */
export async function startFromGiven(
  dependencies: Pick<TrainingDependencies, 'store' | 'cache'>,
  experiment: string,
  loaded: LoadedProgram,
): Promise<void> {
  const weights = await startingWeights(dependencies, experiment);
  await scratchFolder(dependencies.cache, async (folder) => {
    const state = join(folder, 'start');
    await loaded.save(state);
    await patchState(state, loaded.program.state, weights, startPrefixes);
    await loaded.run('restore', { path: stringFeed(state) });
    loaded.holds = null;
  });
}

/**
 * Writes a backbone's weights into a state file, in place.
 *
 * @param state where the state's tensors lie
 * @param prefixes of the networks that get them; each must have all of the backbone's weights, with their shapes
 * @throws WeightsError that names what does not fit
 */
async function patchState(
  stateFile: string,
  state: StateLayout,
  backboneFile: string,
  prefixes: readonly string[],
): Promise<void> {
  const backbone = await openSafetensors(backboneFile);
  const file = await open(stateFile, 'r+');
  try {
    for (const [name, entry] of Object.entries(backbone.entries)) {
      const values = await backbone.read(entry);
      for (const prefix of prefixes) {
        const place = state.tensors.find((tensor) => tensor.name === prefix + name);
        if (place?.shape.join() !== entry.shape.join())
          throw new WeightsError(`the starting weights hold ${name}, for which the network has no place`);
        await file.write(values, 0, values.length, place.offset);
      }
    }
  } finally {
    await Promise.all([backbone.close(), file.close()]);
  }
}
