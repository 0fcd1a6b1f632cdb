import type { Collapse } from './collapse';

/** What is told of an encoder while pretraining goes. */
export interface EncoderFigures {
  /** 0..1 */
  knnAccuracy?: number;
  effectiveRank?: number;
  /** Since which epoch and by which figures it is of no use; null: not, or not any more. */
  collapsed?: Collapse | null;
}

/** `kNN 87%`, `rank 41`, `collapsed since epoch 3`: what is known, in the form that fits beside a loss. */
export function encoderFigures({ knnAccuracy, effectiveRank, collapsed }: EncoderFigures): string[] {
  const rank = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return [
    ...(knnAccuracy === undefined ? [] : [`kNN ${(100 * knnAccuracy).toFixed(0)}%`]),
    ...(effectiveRank === undefined ? [] : [`rank ${rank(effectiveRank)}`]),
    ...(collapsed ? [`collapsed since epoch ${collapsed.epoch}`] : []),
  ];
}
