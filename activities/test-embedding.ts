import { readLabels } from '../datasets/read';
import { permutation } from '../datasets/permutation';
import * as keys from '../storage/keys';
import type { TrainingDependencies } from './create';
import type { ExperimentRef } from './fetch-dataset';
import { embedFiles, imageFiles } from './image-files';
import { float32Npy } from './npy';
import type { LoadedProgram } from './trainer';
import type { TrainingData } from './training-data';

const mostImages = 1000;
/** Key of the order from which the images are taken; any fixed number. */
const drawn = 0x7465_7374;

/**
 * Keeps the features of up to 1,000 test images as the pretrained encoder gives them: an .npy file, and a JSON file that
 * says which images those are (places in the test split, their labels, the names of the classes). They are drawn in the
 * report (nearest neighbours, a map) and looked at for nothing else: no setting, epoch or arm is chosen by them, nor is
 * an accuracy made of them. Part of the last epoch, before its checkpoint: where that is, they are.
 */
export async function keepTestEmbedding(
  dependencies: TrainingDependencies,
  { experiment, seed }: { experiment: ExperimentRef; seed: number },
  { manifest }: TrainingData,
  loaded: LoadedProgram,
): Promise<void> {
  const { store } = dependencies;
  const labels = await readLabels(store, manifest, 'test');
  const places = permutation(labels.length, [drawn]).slice(0, mostImages).sort();
  const { values, shape } = await embedFiles(loaded, await imageFiles(dependencies, manifest, 'test', places));
  const which = {
    places: Array.from(places),
    labels: Array.from(places, (place) => labels[place] as number),
    classes: manifest.classes,
  };
  await store.put(keys.embedding(experiment.name, seed), float32Npy(values, shape));
  await store.put(keys.embeddingPlaces(experiment.name, seed), Buffer.from(JSON.stringify(which)), {
    contentType: 'application/json',
  });
}
