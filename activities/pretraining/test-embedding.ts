import { z } from 'zod';
import { readLabels } from '../../datasets/read';
import { permutation } from '../../datasets/permutation';
import { sha256 } from '../../storage/integrity';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { imageFiles } from '../dataset/image-files';
import { float32Npy, parseNpy } from '../formats/npy';
import { damaged, parseStoredResult, requireDigest } from '../formats/stored-result';
import type { LoadedProgram } from '../trainer';
import type { TrainingData } from '../dataset/training-data';
import { embedFiles } from './embed-files';

const mostImages = 1000;
/** Key of the order from which the images are taken; any fixed number. */
const drawn = 0x7465_7374;

/**
 * Keeps the features of up to 1,000 test images as the pretrained encoder gives them: an .npy file, and a JSON file that
 * says which images those are (places in the test split, their labels, the names of the classes) and has the first's
 * digest. They are drawn in the report (nearest neighbours, a map) and looked at for nothing else: no setting, epoch or
 * arm is chosen by them, nor is an accuracy made of them. Part of the last epoch, before its checkpoint: where that is, they are.
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
  const matrix = float32Npy(values, shape);
  const which = {
    places: Array.from(places),
    labels: Array.from(places, (place) => labels[place] as number),
    classes: manifest.classes,
    sha256: sha256(matrix),
  };
  await store.put(keys.embedding(experiment.name, seed), matrix);
  await store.put(keys.embeddingPlaces(experiment.name, seed), Buffer.from(JSON.stringify(which)), {
    contentType: 'application/json',
  });
}

/** sha256: of the .npy file; left out by older versions. */
const kept = z.object({ places: z.array(z.int()), labels: z.array(z.int()), sha256: z.string().optional() });

export interface TestEmbedding {
  /** A row for each image. */
  features: Float32Array[];
  /** Places of the images in the test split. */
  places: number[];
  labels: number[];
}

/**
 * What `keepTestEmbedding` kept of a seed; null where it is not there.
 * @throws ResultDamagedError where it is not what was kept
 */
export async function readTestEmbedding(
  store: ObjectStore,
  of: { experiment: string; seed: number },
): Promise<TestEmbedding | null> {
  const [matrixKey, key] = [keys.embedding(of.experiment, of.seed), keys.embeddingPlaces(of.experiment, of.seed)];
  const [matrix, which] = await Promise.all([store.getIfPresent(matrixKey), store.getIfPresent(key)]);
  if (!matrix || !which) return null;
  const { places, labels, sha256 } = parseStoredResult(which.body, kept, key);
  if (sha256 !== undefined) requireDigest(matrix.body, sha256, matrixKey);
  const features = parseNpy(matrix.body);
  if (features?.length !== places.length || labels.length !== places.length)
    throw damaged(key, 'it is of another number of images', undefined);
  return { features, places, labels };
}
