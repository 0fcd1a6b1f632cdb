import { z } from 'zod';
import type { DatasetManifest } from '../../datasets/manifest';
import { parseJson, readLabels, readNames } from '../../datasets/read';
import { permutation } from '../../datasets/permutation';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import type { TrainingDependencies } from '../create';
import type { ExperimentRef } from '../dataset/fetch-dataset';
import { embedFiles, imageFiles } from '../dataset/image-files';
import { float32Npy, parseNpy } from '../formats/npy';
import type { LoadedProgram } from '../trainer';
import type { TrainingData } from '../dataset/training-data';

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

/** Test images whose features were kept. */
export interface KeptTestImages {
  /** A row for each. */
  features: Float32Array[];
  /** image: its path in the source, or where it has no name its place in the test split. */
  images: { class: string; image: string }[];
}

const kept = z.object({ places: z.array(z.int()), labels: z.array(z.int()) });

/** What `keepTestEmbedding` kept of a seed; null where it is not there or not whole. */
export async function keptTestImages(
  store: ObjectStore,
  name: string,
  seed: number,
  manifest: DatasetManifest,
): Promise<KeptTestImages | null> {
  const [matrix, which, names] = await Promise.all([
    store.getIfPresent(keys.embedding(name, seed)),
    store.getIfPresent(keys.embeddingPlaces(name, seed)),
    readNames(store, manifest, 'test'),
  ]);
  const features = matrix && parseNpy(matrix.body);
  const known = which && kept.safeParse(parseJson(which.body)).data;
  if (!features || known?.places.length !== features.length) return null;
  const images = known.places.map((place, at) => ({
    class: manifest.classes[known.labels[at] as number] ?? '',
    image: names?.[place] ?? `test image ${place}`,
  }));
  return { features, images };
}
