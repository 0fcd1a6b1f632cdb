import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { encoderPictures } from '../../../activities/report/encoder-pictures';
import { float32Npy } from '../../../activities/formats/npy';
import { loadManifest } from '../../../datasets/read';
import type { DatasetManifest } from '../../../datasets/manifest';
import { sha256 } from '../../../storage/integrity';
import * as keys from '../../../storage/keys';
import { useObjectStore } from '../../servers/object-store';
import { barImages, keepDataset } from '../stored-dataset';

const classes = ['ash', 'elm', 'oak'];
const images = barImages(90, classes.length, 5);
/** The embedding's order is not that of the split: every image but the first ten, backwards. */
const places = Array.from({ length: 80 }, (_, at) => 89 - at);
const labels = places.map((place) => images.labels[place] as number);

const objects = useObjectStore();
let scratch: string;
let manifest: DatasetManifest;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'byol-encoder-pictures-'));
  const digest = await keepDataset(objects.store, classes, { train: barImages(3, 3, 1), test: images });
  manifest = await loadManifest(objects.store, digest);
}, 60_000);
afterAll(async () => {
  await rm(scratch, { recursive: true });
});

/** Features in a corner for each class; their length says nothing, nor may it. */
const featuresOf = (count: number): Float32Array =>
  Float32Array.from({ length: count * 4 }, (_, at) => {
    const [row, column] = [Math.floor(at / 4), at % 4];
    const own = labels[row] === column ? 1 : 0.1 * Math.sin(7 * at + 1);
    return own * (1 + (row % 9) * 10);
  });

async function keepEmbedding(experiment: string, features: Float32Array, known: object): Promise<void> {
  const matrix = float32Npy(features, [features.length / 4, 4]);
  await objects.store.put(keys.embedding(experiment, 1), matrix);
  const which = { sha256: sha256(matrix), ...known };
  await objects.store.put(keys.embeddingPlaces(experiment, 1), Buffer.from(JSON.stringify(which)));
}
const picturesOf = (experiment: string) =>
  encoderPictures({ store: objects.store, scratch }, { experiment, seed: 1 }, manifest);

async function pixelsOf(source: string): Promise<Buffer> {
  const png = Buffer.from(source.replace('data:image/png;base64,', ''), 'base64');
  return sharp(png).toColourspace('b-w').raw().toBuffer();
}
const imageAt = (place: number) => images.images.subarray(place * 784, (place + 1) * 784);
const farthest = (a: Buffer, b: Buffer) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? 0))), 0);

describe('with an embedding whose classes lie apart', () => {
  let made: Awaited<ReturnType<typeof encoderPictures>>;
  beforeAll(async () => {
    await keepEmbedding('apart', featuresOf(80), { places, labels });
    made = await picturesOf('apart');
  }, 60_000);

  test('the nearest to an image are of its class, by direction and not by length, and it is not among them', () => {
    expect(made.neighbours).toHaveLength(6);
    for (const { query, nearest } of made.neighbours) {
      expect(nearest).toHaveLength(6);
      expect(nearest.map(({ label }) => label)).toEqual(nearest.map(() => query.label));
      expect(nearest.map(({ source }) => source)).not.toContain(query.source);
    }
    expect(new Set(made.neighbours.map(({ query }) => query.label)).size).toBeGreaterThan(1);
  });

  test('every image is on the map in its class, 60 with their picture, and classes lie apart', () => {
    expect(made.map.map(({ label }) => label)).toEqual(labels);
    expect(made.map.filter(({ source }) => source !== undefined)).toHaveLength(60);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const distances = (same: boolean) =>
      made.map.flatMap((a, i) =>
        made.map.flatMap((b, j) => (j > i && (a.label === b.label) === same ? [Math.hypot(a.x - b.x, a.y - b.y)] : [])),
      );
    expect(mean(distances(true)) * 3).toBeLessThan(mean(distances(false)));
  });

  test('a picture is the image at its place in the split', async () => {
    for (const [at, { source }] of made.map.entries())
      if (source && at % 11 === 0)
        expect(farthest(await pixelsOf(source), imageAt(places[at] as number))).toBeLessThan(3);
    const first = made.neighbours[0]?.query;
    expect(first?.label).toBe(classes[labels[0] as number]);
    expect(farthest(await pixelsOf(first?.source ?? ''), imageAt(89))).toBeLessThan(3);
  });

  test('made again it is the same, and nothing is left behind', async () => {
    expect(await picturesOf('apart')).toEqual(made);
    expect(await readdir(join(scratch, 'states'))).toEqual([]);
  }, 60_000);
});

test('without an embedding, with too few images, or with features that are not finite there are no pictures', async () => {
  const none = { neighbours: [], map: [] };
  expect(await picturesOf('never')).toEqual(none);
  await keepEmbedding('few', featuresOf(9), { places: places.slice(0, 9), labels: labels.slice(0, 9) });
  expect(await picturesOf('few')).toEqual(none);
  const diverged = featuresOf(80);
  diverged[7] = NaN;
  await keepEmbedding('diverged', diverged, { places, labels });
  expect(await picturesOf('diverged')).toEqual(none);
});

test.each<[string, object, RegExp]>([
  [
    'of another number of images',
    { places: places.slice(1), labels: labels.slice(1) },
    /json is not .* another number/,
  ],
  [
    'that does not say of which',
    { places: 'none', labels },
    /embedding\.json is not what this program wrote: .*places/,
  ],
  ['that was mixed up', { places, labels, sha256: sha256('other') }, /embedding\.npy is not .* mixed up/],
])('an embedding %s is no embedding, and says so', async (what, known, says) => {
  const name = what.replaceAll(' ', '-');
  await keepEmbedding(name, featuresOf(80), known);
  await expect(picturesOf(name)).rejects.toMatchObject({
    name: 'ResultDamagedError',
    retryable: false,
    message: expect.stringMatching(says) as string,
  });
});
