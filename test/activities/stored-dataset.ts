import { manifestDigest, type DatasetManifest } from '../../datasets/manifest';
import { sha256 } from '../../storage/integrity';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';

/** Grey images of 28 x 28 pixels. */
const side = 28;

export interface LabelledImages {
  /** uint8, [n, 28, 28, 1] */
  images: Buffer;
  labels: Uint8Array;
  /** Paths of the images. */
  names?: string[];
}

/** Images whose class shows as the place of a bright bar, in noise: a classifier can get all of them right. */
export function barImages(count: number, classes: number, key: number): LabelledImages {
  const images = Buffer.alloc(count * side * side);
  const labels = Uint8Array.from({ length: count }, (_, at) => at % classes);
  let random = key;
  for (let at = 0; at < images.length; at++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const [image, row] = [Math.floor(at / (side * side)), Math.floor(at / side) % side];
    const bar = Math.floor((row * classes) / side) === labels[image];
    images[at] = (random >>> 26) + (bar ? 150 : 0);
  }
  return { images, labels };
}

/** Puts a data set into a store as an import leaves it. @returns the digest of its manifest */
export async function keepDataset(
  store: ObjectStore,
  classes: string[],
  splits: { train: LabelledImages; test: LabelledImages },
): Promise<string> {
  const blob = async (bytes: Buffer) => {
    const digest = sha256(bytes);
    await store.put(keys.datasetBlob(digest), bytes);
    return { sha256: digest, bytes: bytes.length };
  };
  const split = async ({ images, labels, names }: LabelledImages) => ({
    count: labels.length,
    shards: [{ ...(await blob(images)), count: labels.length }],
    labels: await blob(Buffer.from(labels)),
    ...(names ? { names: await blob(Buffer.from(JSON.stringify(names))) } : {}),
  });
  const manifest: DatasetManifest = {
    format: 'durable-byol-dataset/1',
    kind: 'mnist-idx',
    image: { height: side, width: side, channels: 1 },
    classes,
    normalize: { mean: [0.2], std: [0.25] },
    splits: { train: await split(splits.train), test: await split(splits.test) },
    origin: { source: 'made for a test', files: [] },
  };
  const digest = manifestDigest(manifest);
  await store.put(keys.datasetManifest(digest), Buffer.from(JSON.stringify(manifest)));
  return digest;
}
