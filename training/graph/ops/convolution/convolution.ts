import { size, type Tensor } from '../../graph';
import { directConvolution } from './direct';
import { convolutionWithOwnFilterGradient } from './filter-gradient';
import { formOf, type ConvolutionForm } from './forms';
import { convolutionByPatches, convolutionByPhases } from './patches';
import { convolutionByPixels } from './pixels';
import { convolutionByRows } from './rows';
import { convolutionOfWholeMap } from './whole-map';
import { convolutionByWinograd } from './winograd';

const build: Record<ConvolutionForm, (x: Tensor, filter: Tensor, stride: number) => Tensor> = {
  direct: directConvolution,
  'own-filter-gradient': convolutionWithOwnFilterGradient,
  patches: convolutionByPatches,
  phases: convolutionByPhases,
  pixels: convolutionByPixels,
  rows: convolutionByRows,
  'whole-map': convolutionOfWholeMap,
  winograd: convolutionByWinograd,
};

const usual = (x: Tensor, filter: Tensor, stride: number): ConvolutionForm =>
  formOf({
    kernel: size(filter, 0),
    stride,
    height: size(x, 1),
    width: size(x, 2),
    channels: Math.min(size(filter, 2), size(filter, 3)),
    dtype: x.dtype,
    batch: size(x, 0),
    device: x.node.graph.device,
  });

/**
 * 2-d convolution with zero padding of (kernel - 1) / 2 on every side, as torch's Conv2d(padding = k // 2).
 *
 * @param x [N, H, W, C]
 * @param filter [k, k, C, O], k odd
 * @param stride 1 or 2
 * @param form which of the equal subgraphs; by default the one that was fastest at this shape
 * @returns [N, ceil(H / stride), ceil(W / stride), O]
 */
export function conv2d(
  x: Tensor,
  filter: Tensor,
  stride: number,
  form: ConvolutionForm = usual(x, filter, stride),
): Tensor {
  return build[form](x, filter, stride);
}
