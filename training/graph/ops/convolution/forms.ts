import type { Device, DType } from '../../graph';
import { longProduct } from '../../work';

export type ConvolutionForm =
  'direct' | 'own-filter-gradient' | 'patches' | 'phases' | 'pixels' | 'rows' | 'whole-map' | 'winograd';

export interface ConvolutionShape {
  kernel: number;
  stride: number;
  /** Of the map that goes in. */
  height: number;
  width: number;
  dtype: DType;
}

export interface ConvolutionUse extends ConvolutionShape {
  /** The fewer of those that go in and come out. */
  channels: number;
  /** Images; -1: known only when it runs. */
  batch: number;
  device: Device | undefined;
}

/** The forms that can compute a convolution. */
export function formsFor({ kernel, stride, height, width, dtype }: ConvolutionShape): ConvolutionForm[] {
  // oneDNN's filter gradient of a 1x1 convolution with a stride writes beyond its workspace (SIGSEGV, TensorFlow 2.21 with
  // AVX-512) where there are fewer than 16 channels and rows are long: of 8 channels at 48 pixels, of 12 at 128.
  const forms: ConvolutionForm[] = kernel === 1 && stride > 1 ? [] : ['direct'];
  if (kernel === 1 && stride > 1) forms.push('pixels');
  const even = height % 2 === 0 && width % 2 === 0;
  if (kernel === 3 && stride === 2 && even) forms.push('patches', 'phases', 'own-filter-gradient');
  if (kernel > 3 && stride === 2 && even) forms.push('own-filter-gradient');
  if (kernel === 3 && stride === 1) forms.push('rows', 'own-filter-gradient');
  // Its points take more than bfloat16's eight bits, and than the ten of TF32.
  if (kernel === 3 && stride === 1 && dtype === 'float32') forms.push('winograd');
  if (kernel === 3 && stride === 1 && height === 2 && width === 2) forms.push('whole-map');
  return forms;
}

/** The form that was fastest at this shape: docs/engine.md. */
export function formOf(shape: ConvolutionUse): ConvolutionForm {
  const forms = formsFor(shape);
  if (forms.includes('winograd') && gainsByWinograd(shape)) return 'winograd';
  const longest = Math.max(shape.height, shape.width) / shape.stride;
  const order: ConvolutionForm[] = [
    ...(longest <= 3 ? (['whole-map', 'rows', isLong(shape) ? 'phases' : 'patches'] as const) : []),
    ...(gainsByOwnFilterGradient(shape, longest) ? (['own-filter-gradient'] as const) : []),
    ...(['pixels', 'direct'] as const),
  ];
  return order.find((form) => forms.includes(form)) as ConvolutionForm;
}

/** Small operations cost what they are in number. */
const isLong = ({ batch, channels }: Pick<ConvolutionUse, 'batch' | 'channels'>): boolean => batch * channels >= 4096;

/** Where oneDNN's gradient by the filter is slow, in long operations. @param longest side of the map that comes out */
function gainsByOwnFilterGradient({ kernel, stride, channels, dtype, batch, device }: ConvolutionUse, longest: number) {
  if (device !== 'cpu') return false;
  if (kernel > 3) return dtype === 'bfloat16' && channels <= 4 && batch >= 64;
  const most = { bfloat16: stride === 1 ? 8 : 14, float32: stride === 1 ? 0 : 6 };
  const small = (dtype === 'bfloat16' || dtype === 'float32') && longest <= most[dtype];
  return small && isLong({ batch, channels });
}

/**
 * Where the products saved are more than what the way to the points and back costs, the weights' among it. On a CPU only: a GPU's library has the
 * algorithm itself, and its matrix products round to ten bits (TF32). A program for any device is written without.
 */
function gainsByWinograd({ batch, height, width, channels, device }: ConvolutionUse): boolean {
  const [shortest, longest] = [Math.min(height, width), Math.max(height, width)];
  const many = batch === -1 || (batch >= 64 && batch * height * width * 9 * channels ** 2 >= longProduct);
  // A batch of unknown length cannot be taken in parts, without which large maps gain nothing.
  const widest = (batch === -1 ? 3 / 16 : 3 / 8) * channels;
  return many && device === 'cpu' && channels >= 64 && shortest >= 3 && longest <= widest;
}
