import { type Tensor } from '../graph/graph';
import { cast } from '../graph/ops/elementwise';
import { mean } from '../graph/ops/mean';
import { maxPoolOfRelu } from '../graph/ops/pooling';
import { relu } from '../graph/ops/relu';
import { reluOfSum } from '../graph/ops/sum-of-maps';
import { convolution, normalization } from './layers';
import type { Pass } from './parameters';

export interface ResNet {
  /** 7x7: stride 2, then max-pooling; 5x5: stride 2; 3x3: stride 1. */
  stem: '7x7' | '5x5' | '3x3';
  /** Channels of the first stage; each later stage has twice those of the one before. */
  width: number;
  /** Blocks of each stage. */
  blocks: readonly number[];
  expansion: 1 | 4;
}

/** `expansion`: channels of a stage's maps over those of its 3x3 convolutions; 4: bottleneck blocks, 1: basic blocks. */
export const backbones = {
  resnet18: { blocks: [2, 2, 2, 2], expansion: 1 },
  resnet34: { blocks: [3, 4, 6, 3], expansion: 1 },
  resnet50: { blocks: [3, 4, 6, 3], expansion: 4 },
  'resnet-mini': { blocks: [1, 1, 1, 1], expansion: 1 },
} as const;

/** A network as the spec's `model` names it. */
export interface Backbone {
  backbone: keyof typeof backbones;
  stem: ResNet['stem'];
  width: number;
}

/** Kernel and stride of the first convolution; 7x7 has a max-pooling behind it. */
export const stems = { '7x7': [7, 2], '5x5': [5, 2], '3x3': [3, 1] } as const;

export const resnet = ({ backbone, stem, width }: Backbone): ResNet => ({ stem, width, ...backbones[backbone] });

/** Channels of the last stage, which `avgpool` has. */
export const featureCount = ({ width, blocks, expansion }: ResNet): number =>
  width * 2 ** (blocks.length - 1) * expansion;

/** Places in the network, by torchvision's names, with what leaves them: maps [N, H, W, C], and `avgpool` [N, C]. */
export type Features = Record<string, Tensor> & { avgpool: Tensor };

/**
 * A ResNet (He et al. 2015) with torchvision's names, without the classifier.
 *
 * @param x [N, H, W, C] float32, normalized
 */
export function encode(pass: Pass, { stem, width, blocks, expansion }: ResNet, x: Tensor): Features {
  const [kernel, stride] = stems[stem];
  const images = cast(x, pass.compute);
  const activation = stem === '7x7' ? maxPoolOfRelu : relu;
  let y = normalization(pass, 'bn1', convolution(pass, 'conv1', images, width, kernel, stride), activation);
  const block = expansion === 1 ? basicBlock : bottleneck;
  const features: Record<string, Tensor> = {};
  blocks.forEach((count, stage) => {
    for (let at = 0; at < count; at++)
      y = block(pass, `layer${stage + 1}.${at}`, y, width * 2 ** stage, stage > 0 && at === 0 ? 2 : 1);
    features[`layer${stage + 1}`] = y;
  });
  return { ...features, avgpool: mean(y, [1, 2]) };
}

function basicBlock(pass: Pass, name: string, x: Tensor, out: number, stride: number): Tensor {
  const first = normalization(pass, `${name}.bn1`, convolution(pass, `${name}.conv1`, x, out, 3, stride), relu);
  const second = normalization(pass, `${name}.bn2`, convolution(pass, `${name}.conv2`, first, out, 3, 1));
  return reluOfSum(second, shortcut(pass, name, x, out, stride));
}

/** The stride lies in the 3x3 convolution, as torchvision has it ("v1.5"), and not in the first 1x1. */
function bottleneck(pass: Pass, name: string, x: Tensor, width: number, stride: number): Tensor {
  const first = normalization(pass, `${name}.bn1`, convolution(pass, `${name}.conv1`, x, width, 1, 1), relu);
  const second = normalization(pass, `${name}.bn2`, convolution(pass, `${name}.conv2`, first, width, 3, stride), relu);
  const third = normalization(pass, `${name}.bn3`, convolution(pass, `${name}.conv3`, second, 4 * width, 1, 1));
  return reluOfSum(third, shortcut(pass, name, x, 4 * width, stride));
}

/** x itself where the block leaves its shape, or a 1x1 convolution of it. */
function shortcut(pass: Pass, name: string, x: Tensor, out: number, stride: number): Tensor {
  if (stride === 1 && x.shape[3] === out) return x;
  return normalization(pass, `${name}.downsample.1`, convolution(pass, `${name}.downsample.0`, x, out, 1, stride));
}
