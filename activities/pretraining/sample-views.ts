import sharp from 'sharp';
import { int32Feed, type Feed } from '../../engine/protocol';
import * as keys from '../../storage/keys';
import { viewSamples } from '../../training/byol/program';
import type { ImageFormat } from '../../training/images';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import type { LoadedProgram } from '../trainer';
import type { TrainingData } from '../dataset/training-data';

/**
 * Keeps a few unlabelled images with the two views that the first step makes of them, for the report: what the network
 * really sees. Written once an experiment.
 */
export async function keepSampleViews(
  { store }: TrainingDependencies,
  { experiment }: { experiment: ExperimentRef },
  { format, splits }: TrainingData,
  loaded: LoadedProgram,
  key: Feed,
): Promise<void> {
  const places = Array.from(
    { length: viewSamples },
    (_, at) => splits.unlabelled[at % splits.unlabelled.length] as number,
  );
  const indices = int32Feed(places, [viewSamples]);
  const made = await loaded.run('views', { indices, key, step: int32Feed([0]) });
  const images = await pictures(format, made['views']?.values as Float32Array);
  const samples = places.map((_, at) => ({
    original: images[at],
    views: [[images[viewSamples + at], images[2 * viewSamples + at]]],
  }));
  await store.putIfAbsent(keys.samples(experiment.name), Buffer.from(JSON.stringify(samples)), {
    contentType: 'application/json',
  });
}

/** PNG data URIs of planar images [N, C, H, W] in 0..1. */
function pictures({ channels, height, width }: ImageFormat, planar: Float32Array): Promise<string[]> {
  const plane = height * width;
  const count = planar.length / (channels * plane);
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const pixels = Buffer.alloc(channels * plane);
      for (let c = 0; c < channels; c++)
        for (let at = 0; at < plane; at++)
          pixels[at * channels + c] = Math.round(
            255 * Math.min(1, Math.max(0, planar[(n * channels + c) * plane + at] as number)),
          );
      const png = await sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 } })
        .png()
        .toBuffer();
      return `data:image/png;base64,${png.toString('base64')}`;
    }),
  );
}
