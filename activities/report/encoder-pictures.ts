import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { UMAP } from 'umap-js';
import type { DatasetManifest } from '../../datasets/manifest';
import { philox } from '../../datasets/philox';
import type { ExperimentResults } from '../../report/results';
import type { ObjectStore } from '../../storage/object-store';
import { imageFiles } from '../dataset/image-files';
import { scratchFolder } from '../machine/scratch';
import { nearestRows, unitRow } from '../pretraining/nearest-features';
import { readTestEmbedding } from '../pretraining/test-embedding';

type Pictures = Pick<ExperimentResults, 'neighbours' | 'map'>;

/** Images on the map; UMAP takes seconds for them. */
const onMap = 500;
const thumbnailsOnMap = 60;
const queries = 6;
const nearest = 6;
const thumbnailPixels = 48;

/**
 * What the first seed's encoder holds for alike: nearest neighbours of a few test images, and a map of some hundred.
 * Empty where no embedding was kept, or one that is not finite.
 *
 * @param scratch folder for images on their way
 */
export async function encoderPictures(
  { store, scratch }: { store: ObjectStore; scratch: string },
  of: { experiment: string; seed: number },
  manifest: DatasetManifest,
): Promise<Pictures> {
  const known = await readTestEmbedding(store, of);
  if (!known || known.features.length < 10) return { neighbours: [], map: [] };
  const unit = known.features.slice(0, onMap).map(unitRow);
  // A network that diverged: nothing is near to what is not a number, and UMAP does not end.
  if (!unit.every((row) => row.every(Number.isFinite))) return { neighbours: [], map: [] };
  const chosen = spreadOver(unit.length, queries).map((at) => ({ at, near: nearestTo(unit, at) }));
  const positions = await mapOf(unit.map((row) => Array.from(row)));
  const shown = spreadOver(unit.length, thumbnailsOnMap);
  const needed = [...new Set([...shown, ...chosen.flatMap(({ at, near }) => [at, ...near])])].sort((a, b) => a - b);
  const thumbnails = await thumbnailsOf({ store, scratch }, manifest, needed, known.places);
  const picture = (at: number) => ({
    source: thumbnails.get(at) as string,
    label: manifest.classes[known.labels[at] as number] ?? '',
  });
  return {
    neighbours: chosen.map(({ at, near }) => ({ query: picture(at), nearest: near.map(picture) })),
    map: positions.map(([x, y], at) => ({
      ...{ x, y, label: known.labels[at] as number },
      ...(shown.includes(at) ? { source: thumbnails.get(at) as string } : {}),
    })),
  };
}

/** `wanted` of `count` places, evenly. */
const spreadOver = (count: number, wanted: number): number[] =>
  Array.from({ length: Math.min(count, wanted) }, (_, at) => Math.floor((at * count) / Math.min(count, wanted)));

/** By cosine, the nearest first; not the image itself. */
const nearestTo = (unit: readonly Float64Array[], query: number): number[] =>
  nearestRows(unit, unit[query] as Float64Array, nearest + 1)
    .map(({ at }) => at)
    .filter((at) => at !== query)
    .slice(0, nearest);

/** UMAP (McInnes et al. 2018) with a fixed start, so that a report comes out the same again. */
async function mapOf(unit: number[][]): Promise<[number, number][]> {
  let draws = 0;
  const random = () => philox([draws++, 0, 0, 0], [0, 0])[0] / 2 ** 32;
  const umap = new UMAP({ nComponents: 2, nNeighbors: Math.min(15, unit.length - 1), minDist: 0.1, random });
  const epochs = umap.initializeFit(unit);
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    // The worker's heartbeats go on meanwhile.
    if (epoch % 10 === 0) await new Promise(setImmediate);
  }
  return umap.getEmbedding() as [number, number][];
}

/** PNG data URIs of images of the embedding, by their number in it. */
async function thumbnailsOf(
  { store, scratch }: { store: ObjectStore; scratch: string },
  manifest: DatasetManifest,
  needed: readonly number[],
  places: readonly number[],
): Promise<Map<number, string>> {
  const { height, width, channels } = manifest.image;
  const bytes = height * width * channels;
  return scratchFolder(scratch, async (cache) => {
    const wanted = needed.map((at) => places[at] as number);
    const files = await imageFiles({ store, cache }, manifest, 'test', wanted);
    const pixels = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
    const thumbnails = needed.map(async (at, position): Promise<[number, string]> => {
      const raw = pixels.subarray(position * bytes, (position + 1) * bytes);
      const small = Math.min(thumbnailPixels, width);
      const png = await sharp(raw, { raw: { width, height, channels } })
        .resize(small, small)
        .png({ palette: true })
        .toBuffer();
      return [at, `data:image/png;base64,${png.toString('base64')}`];
    });
    return new Map(await Promise.all(thumbnails));
  });
}
