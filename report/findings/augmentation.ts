import type { Augmentation } from '../../experiment/augmentation';
import { viewsOf } from '../../experiment/resolve';
import type { ExperimentResults } from '../results';
import { listed } from '../wording';
import type { Finding } from './finding';

/** What grows with how much an operation changes an image, in the order of its settings; probability first, 1 where there is none. */
function strengths(of: Augmentation): number[] {
  switch (of.op) {
    case 'random-resized-crop':
      return [1, 1 - of.scale[0], 0, 0];
    case 'random-affine-crop':
      return [1, 1 - of.scale[0], of.degrees, of.shear];
    case 'color-jitter':
      return [of.p, of.brightness, of.contrast, of.saturation, of.hue];
    case 'random-contrast':
      return [1, of.gain[1] - of.gain[0], of.offset];
    case 'gaussian-blur':
      return [of.p, of.sigma[1]];
    case 'horizontal-flip':
    case 'grayscale':
    case 'solarize':
      return [of.p];
  }
}

/** Both crops cut a window: one does for the other, as far as its strengths reach. */
const kindOf = ({ op }: Augmentation): string =>
  op === 'random-resized-crop' || op === 'random-affine-crop' ? 'crop' : op;

/** Operations of `views` that `augment` lacks, and those that it has in a milder form; by name, in the order of `views`. */
export function augmentationGap(
  views: readonly Augmentation[],
  augment: readonly Augmentation[],
): { lacking: string[]; milder: string[] } {
  const lacking = new Set<string>();
  const milder = new Set<string>();
  for (const view of views) {
    const wanted = strengths(view);
    if (wanted[0] === 0) continue;
    const own = augment.filter((each) => kindOf(each) === kindOf(view)).map(strengths);
    if (own.every(([p]) => p === 0)) lacking.add(view.op);
    else if (!own.some((each) => wanted.every((value, at) => (each[at] ?? 0) >= value))) milder.add(view.op);
  }
  return { lacking: [...lacking], milder: [...milder].filter((op) => !lacking.has(op)) };
}

const none = ({ lacking, milder }: ReturnType<typeof augmentationGap>): boolean => lacking.length + milder.length === 0;

/**
 * Pretraining sees more variation than the baseline: part of the difference may come from that and not from the images without
 * labels. A baseline that is trained on one of the two views sees as much, where that
 * has every operation of the other.
 */
export function augmentationFindings({ spec, comparisons }: ExperimentResults): Finding[] {
  const { first, second } = viewsOf(spec);
  const { augment } = spec.classifier;
  const all = [...first, ...second];
  const sees = (view: readonly Augmentation[]) =>
    none(augmentationGap(view, augment)) && augmentationGap(all, view).lacking.length === 0;
  const gap = augmentationGap(all, augment);
  if (comparisons.length === 0 || spec.pretraining.epochs === 0 || none(gap) || sees(first) || sees(second)) return [];
  const { lacking, milder } = gap;
  const parts = [
    ...(lacking.length > 0 ? [`lacks (${listed(lacking)})`] : []),
    ...(milder.length > 0 ? [`has in a milder form (${listed(milder)})`] : []),
  ];
  return [
    {
      level: 'warning',
      about: 'augmentation',
      text: `Pretraining's views hold operations that classifier.augment ${parts.join(' or ')}: part of the difference may be the augmentation's, and more of it might help the baseline too. Give classifier.augment the same operations and run again to tell.`,
    },
  ];
}
