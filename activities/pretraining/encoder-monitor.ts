import { permutation } from '../../datasets/permutation';
import { float32Feed, int32Feed, type Feed } from '../../engine/protocol';
import { knnImages } from '../../experiment/knn-images';
import type { EpochMetrics } from '../../experiment/epoch-metrics';
import { knnAccuracy } from '../../training/byol/knn';
import { monitorSample } from '../../experiment/monitor-sample';
import type { TrainingDependencies } from '../training-dependencies';
import { imageFiles } from '../dataset/image-files';
import type { LoadedProgram } from '../trainer';
import type { TrainingData } from '../dataset/training-data';
import { embedFiles } from './embed-files';

type Measured = Pick<
  EpochMetrics,
  'spread' | 'effectiveRank' | 'imageRank' | 'alignment' | 'uniformity' | 'knnAccuracy'
>;

/** Watches the encoder as pretraining goes. It only reads: the training's state is the same with and without it. */
export class EncoderMonitor {
  private readonly bank: Int32Array;
  private readonly queries: Int32Array;

  constructor(
    private readonly dependencies: TrainingDependencies,
    private readonly data: TrainingData,
  ) {
    const { splits } = data;
    const { bank, queries } = knnImages(splits.unlabelled.length);
    // No seed has a part in the choice: the figures of seeds can then be compared.
    this.bank = choose(splits.labelled('all'), bank);
    this.queries = choose(splits.validation, queries);
  }

  /** @param key names the draws of the two views that alignment compares; the same at every epoch */
  async measure(loaded: LoadedProgram, key: Feed): Promise<Measured> {
    const sample = Array.from(this.data.splits.unlabelled.subarray(0, monitorSample));
    const made = await loaded.run('monitor', {
      indices: int32Feed(sample, [sample.length]),
      key,
      step: int32Feed([0]),
    });
    const figure = (name: string) => made[name]?.values[0] ?? NaN;
    const knn = await this.knn(loaded);
    return {
      spread: figure('spread'),
      effectiveRank: figure('effective_rank'),
      imageRank: figure('image_rank'),
      alignment: figure('alignment'),
      uniformity: figure('uniformity'),
      ...(knn === null ? {} : { knnAccuracy: knn }),
    };
  }

  /**
   * The share of validation images that labelled training images class right; it chooses nothing, and no test image is used. null where
   * there are too few images with labels.
   */
  async knn(loaded: LoadedProgram): Promise<number | null> {
    const { bank, queries } = this;
    const { spec, manifest, labels } = this.data;
    if (bank.length < 2 || queries.length === 0) return null;
    const count = Math.min(spec.pretraining.monitor.neighbours, bank.length);
    const features = async (places: Int32Array) => {
      const { values, shape } = await embedFiles(
        loaded,
        await imageFiles(this.dependencies, manifest, 'train', places),
      );
      return float32Feed(values, shape);
    };
    const feeds = { bank: await features(bank), queries: await features(queries), count: int32Feed([count]) };
    const { cosines, places } = await loaded.run('nearest', feeds);
    const labelOf = (place: number) => labels[place] as number;
    return knnAccuracy(
      cosines?.values ?? [],
      places?.values ?? [],
      Array.from(bank, labelOf),
      Array.from(queries, labelOf),
      manifest.classes.length,
    );
  }
}

/** Key of the order below; any fixed number. */
const drawn = 0x6b6e6e;

/** At most `most` of the places, whatever order they come in: the same of equal sets. */
function choose(places: Int32Array, most: number): Int32Array {
  const sorted = places.slice().sort();
  return permutation(sorted.length, [drawn])
    .slice(0, most)
    .map((at) => sorted[at] as number);
}
