import { join } from 'node:path';
import type { ExperimentSpec } from '../../experiment/resolve';
import { searchGrid } from '../../experiment/search-grid';
import { commitCheckpoint } from '../../storage/checkpoint';
import { latestCheckpoint, restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import type { FetchDependencies } from '../dataset/fetch-dataset';
import type { ExperimentRef } from '../read-spec';
import { scratchFolder } from '../machine/scratch';

/** The experiment that checkpoints of another are put under. */
interface Receiver {
  spec: ExperimentSpec;
  ref: ExperimentRef;
}

/**
 * Puts the pretraining of another experiment under this one, which goes on from there. Orders, views and weights are
 * named by seed, epoch and step and by no experiment, so the result is that of training anew.
 *
 * @param epochs bring only what has so many; without it, however far it came
 */
export async function bringPretraining(
  dependencies: FetchDependencies,
  from: string,
  to: Receiver,
  epochs?: number,
): Promise<void> {
  const { store } = dependencies;
  await bringStart(store, from, to);
  for (const seed of to.spec.seeds) await bringRun(dependencies, from, to, keys.pretrainingRun(seed), epochs);
  const samples = await store.getIfPresent(keys.samples(from));
  if (samples) await store.putIfAbsent(keys.samples(to.spec.name), samples.body, { contentType: 'application/json' });
}

/** Puts the finished supervised classifiers of another experiment under this one, where their settings are the same. */
export async function bringBaseline(dependencies: FetchDependencies, from: string, to: Receiver): Promise<void> {
  const { seeds, labels, classifier } = to.spec;
  await bringStart(dependencies.store, from, to);
  for (const seed of seeds)
    for (const budget of labels)
      for (const setting of searchGrid(classifier)) {
        const run = keys.classifierRun({ seed, arm: 'supervised', labels: budget, ...setting });
        await bringRun(dependencies, from, to, run, setting.epochs);
      }
}

/**
 * Says that the receiver is on the same images and starting weights as what is brought to it: were their source another by
 * now, one arm would start from it and the other would have come from the old one.
 */
async function bringStart(store: ObjectStore, from: string, { spec }: Receiver): Promise<void> {
  for (const keyOf of [keys.experimentDataset, keys.experimentWeights]) {
    const known = await store.getIfPresent(keyOf(from));
    if (known) await store.putIfAbsent(keyOf(spec.name), known.body);
  }
}

/** Copies the newest checkpoint of a run, where it has the epochs that are asked for and the receiver has none. */
async function bringRun(
  { store, scratch }: FetchDependencies,
  from: string,
  { spec, ref }: Receiver,
  run: string,
  epochs?: number,
): Promise<void> {
  const to = { experiment: spec.name, run };
  if ((await latestCheckpoint(store, to)) !== null) return;
  await scratchFolder(scratch, async (folder) => {
    const stateFile = join(folder, 'state');
    const { checkpoint } = await restoreLatestCheckpoint(store, { experiment: from, run }, stateFile);
    if (!checkpoint || (epochs !== undefined && checkpoint.manifest.position.epoch !== epochs)) return;
    const { position, program, metadata } = checkpoint.manifest;
    const own = { ...metadata, spec: ref.specDigest };
    await commitCheckpoint(store, { ...to, position, program, stateFile, metadata: own, parentKey: null });
  });
}
