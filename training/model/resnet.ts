import { type Tensor } from '../graph/graph';
import { add, cast, relu } from '../graph/ops/elementwise';
import { mean } from '../graph/ops/mean';
import { maxPool } from '../graph/ops/pooling';
import { convolution, normalization } from './layers';
import type { Pass } from './parameters';

export interface ResNet {
  /** 7x7: stride 2, then max-pooling; 5x5: stride 2; 3x3: stride 1. */
  stem: '7x7' | '5x5' | '3x3';
  /** Channels of the first stage; each later stage has twice those of the one before. */
  width: number;
  /** Basic blocks of each stage. */
  blocks: readonly number[];
}

const blocksOf = { resnet18: [2, 2, 2, 2], 'resnet-mini': [1, 1, 1, 1] } as const;

export const resnet = (model: { backbone: keyof typeof blocksOf; stem: ResNet['stem']; width: number }): ResNet => ({
  stem: model.stem,
  width: model.width,
  blocks: blocksOf[model.backbone],
});

/** Places in the network, by torchvision's names, with what leaves them: maps [N, H, W, C], and `avgpool` [N, C]. */
export type Features = Record<string, Tensor> & { avgpool: Tensor };

/**
 * A ResNet of basic blocks (He et al. 2015) with torchvision's names, without the classifier.
 *
 * @param x [N, H, W, C] float32, normalized
 */
export function encode(pass: Pass, { stem, width, blocks }: ResNet, x: Tensor): Features {
  const [kernel, stride] = ({ '7x7': [7, 2], '5x5': [5, 2], '3x3': [3, 1] } as const)[stem];
  const images = cast(x, pass.compute);
  let y = relu(normalization(pass, 'bn1', convolution(pass, 'conv1', images, width, kernel, stride)));
  if (stem === '7x7') y = maxPool(y);
  const features: Record<string, Tensor> = {};
  blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const name = `layer${stage + 1}.${block}`;
      y = basicBlock(pass, name, y, width * 2 ** stage, stage > 0 && block === 0 ? 2 : 1);
    }
    features[`layer${stage + 1}`] = y;
  });
  return { ...features, avgpool: mean(y, [1, 2]) };
}

function basicBlock(pass: Pass, name: string, x: Tensor, out: number, stride: number): Tensor {
  const first = relu(normalization(pass, `${name}.bn1`, convolution(pass, `${name}.conv1`, x, out, 3, stride)));
  const second = normalization(pass, `${name}.bn2`, convolution(pass, `${name}.conv2`, first, out, 3, 1));
  const same = stride === 1 && x.shape[3] === out;
  const shortcut = same
    ? x
    : normalization(pass, `${name}.downsample.1`, convolution(pass, `${name}.downsample.0`, x, out, 1, stride));
  return relu(add(second, shortcut));
}
