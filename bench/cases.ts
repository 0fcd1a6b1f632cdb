import { presets } from '../experiment/presets';
import { parseSpec, type ExperimentSpec } from '../experiment/resolve';
import type { ImageFormat } from '../training/images';

/** What is measured: a network on images of a size, in batches of a size, computed in a precision. */
export interface Case {
  name: string;
  network: 'resnet18' | 'resnet-mini';
  /** Pixels of the square images. */
  size: number;
  batch: number;
  precision: 'fp32' | 'bf16';
}

const one = (network: Case['network'], size: number, batch: number, precision: Case['precision']): Case => {
  return { name: `${network}-${size}-b${batch}-${precision}`, network, size, batch, precision };
};

/** The tutorial's network at two batch sizes, and the quickstart's. */
export const cases: readonly Case[] = [
  one('resnet18', 96, 64, 'fp32'),
  one('resnet18', 96, 64, 'bf16'),
  one('resnet18', 96, 128, 'fp32'),
  one('resnet18', 96, 128, 'bf16'),
  one('resnet-mini', 28, 32, 'fp32'),
  one('resnet-mini', 28, 32, 'bf16'),
];

export const classes = 10;

/**
 * A case as an experiment: ResNet-18 with the paper's views, the small network with the quickstart's. Classifiers see the
 * images as they are.
 *
 * @param augmented false: one view is the image, the other the image turned round (two equal views would be one computation
 *   for TensorFlow, and the figure twice too good)
 */
export function specOf({ network, batch, precision }: Case, augmented: boolean): ExperimentSpec {
  const quickstart = presets['mnist-quickstart']?.spec;
  if (!quickstart) throw new Error('the preset mnist-quickstart is gone');
  const plain = { first: [], second: [{ op: 'horizontal-flip' as const, p: 1 }] };
  const optimizer = { name: 'adam' as const };
  const classifier = { epochs: 1, batch, optimizer, learningRates: [1e-3], augment: [] };
  const rest = { epochs: 1, batch, optimizer, learningRate: 3e-4 };
  if (network === 'resnet18')
    return parseSpec({
      name: 'bench',
      dataset: { kind: 'stl10', source: 'unused' },
      model: { backbone: network },
      precision,
      pretraining: { ...rest, views: augmented ? 'byol' : plain },
      classifier,
    });
  const { projector, predictor, views } = quickstart.pretraining;
  return parseSpec({
    name: 'bench',
    dataset: { kind: 'mnist-idx' },
    model: quickstart.model,
    precision,
    pretraining: { ...rest, projector, predictor, views: augmented ? views : plain },
    classifier,
  });
}

export function formatOf({ network, size }: Case): ImageFormat {
  const channels = network === 'resnet18' ? 3 : 1;
  const half = Array.from({ length: channels }, () => 0.5);
  return { height: size, width: size, channels, mean: half, std: half };
}
