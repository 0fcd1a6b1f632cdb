import { z } from 'zod';

const probability = z.number().min(0).max(1);
const range = (low: number, high: number) =>
  z.tuple([z.number().min(low).max(high), z.number().min(low).max(high)]).refine(([from, to]) => from <= to, {
    message: 'the first number must not be larger than the second',
  });

/** Of a blur's kernel, pixels: a standard deviation of 10 fits in. */
const widestBlur = 63;

/** One random transformation; every draw is made per image. Probabilities are 0..1, angles degrees, intensities on a 0..1 scale. */
export const augmentation = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('random-resized-crop'),
    scale: range(0.01, 1).default([0.08, 1]).describe('area of the crop, as a fraction of the image'),
    ratio: range(0.1, 10)
      .default([3 / 4, 4 / 3])
      .describe('aspect ratio of the crop'),
  }),
  z.strictObject({
    op: z.literal('random-affine-crop'),
    scale: range(0.01, 1).default([0.4, 1]).describe('area of the window, as a fraction of the image'),
    ratio: range(0.1, 10).default([3 / 4, 4 / 3]),
    degrees: z.number().min(0).max(180).default(0).describe('rotation drawn from -degrees..degrees'),
    shear: z.number().min(0).max(2).default(0).describe('horizontal shear factor drawn from -shear..shear'),
  }),
  z.strictObject({ op: z.literal('horizontal-flip'), p: probability.default(0.5) }),
  z.strictObject({
    op: z.literal('color-jitter'),
    p: probability.default(0.8),
    brightness: z.number().min(0).max(1).default(0.4),
    contrast: z.number().min(0).max(1).default(0.4),
    saturation: z.number().min(0).max(1).default(0.2),
    hue: z.number().min(0).max(0.5).default(0.1).describe('fraction of the colour circle'),
  }),
  z.strictObject({
    op: z.literal('random-contrast'),
    gain: range(0, 10).default([1, 3]).describe('factor on the distance from mid-grey'),
    offset: z.number().min(0).max(1).default(0.4).describe('brightness shift drawn from -offset..offset'),
  }),
  z.strictObject({ op: z.literal('grayscale'), p: probability.default(0.2) }),
  z.strictObject({
    op: z.literal('gaussian-blur'),
    p: probability.default(0.5),
    kernel: z
      .int()
      .min(3)
      .max(widestBlur)
      .refine((size) => size % 2 === 1, { message: 'the kernel size must be odd' })
      .describe('pixels'),
    sigma: range(0.01, 20).default([0.1, 2]).describe('standard deviation, pixels'),
  }),
  z.strictObject({
    op: z.literal('solarize'),
    p: probability.default(0.2),
    threshold: probability.default(0.5).describe('values at or above are inverted'),
  }),
]);
export type Augmentation = z.output<typeof augmentation>;

export const augmentationList = z.array(augmentation).max(20);

const blurKernel = (imageSize: number) => 2 * Math.floor(imageSize / 20) + 1;

/** Grey drawings such as digits, without colours to change: the quickstart's views, and a plan's for such images. */
export const greyView: z.input<typeof augmentationList> = [
  { op: 'random-affine-crop', scale: [0.4, 1], degrees: 20, shear: 0.3 },
  { op: 'gaussian-blur', p: 0.5, kernel: 3, sigma: [0.85, 0.85] }, // = (1 2 1)
  { op: 'random-contrast', gain: [1, 3], offset: 0.4 },
];

/** The tutorial's views: SimCLR-style, the same list for both. */
export const simclrViews = (): { first: Augmentation[]; second: Augmentation[] } => {
  const view: Augmentation[] = [
    { op: 'random-resized-crop', scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
    { op: 'horizontal-flip', p: 0.5 },
    { op: 'color-jitter', p: 0.8, brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 },
    { op: 'grayscale', p: 0.2 },
    { op: 'gaussian-blur', p: 0.1, kernel: 3, sigma: [1.5, 1.5] },
  ];
  return { first: view, second: view };
};

/** The paper's asymmetric pair (arXiv 2006.07733, table 6). The blur kernel is about a tenth of the image. */
export const byolViews = (imageSize: number): { first: Augmentation[]; second: Augmentation[] } => {
  const view = (blur: number, solarize: number): Augmentation[] => [
    { op: 'random-resized-crop', scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
    { op: 'horizontal-flip', p: 0.5 },
    { op: 'color-jitter', p: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
    { op: 'grayscale', p: 0.2 },
    { op: 'gaussian-blur', p: blur, kernel: Math.min(widestBlur, Math.max(3, blurKernel(imageSize))), sigma: [0.1, 2] },
    { op: 'solarize', p: solarize, threshold: 0.5 },
  ];
  return { first: view(1, 0), second: view(0.1, 0.2) };
};
