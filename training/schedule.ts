import type { Schedule } from '../experiment/spec';

/**
 * Learning rate of an optimizer step: a linear rise over the warm-up, then constant or by cosine to 0 (Loshchilov and
 * Hutter 2017, without restarts).
 *
 * @param step from 0; @param total optimizer steps of the whole run
 */
export function learningRateAt(step: number, total: number, base: number, { warmup, decay }: Schedule): number {
  const rise = warmup * total;
  if (step + 1 < rise) return (base * (step + 1)) / rise;
  if (decay === 'constant') return base;
  return base * 0.5 * (1 + Math.cos((Math.PI * Math.max(0, step - rise)) / Math.max(1, total - rise)));
}

/**
 * The target network's decay at an optimizer step: from `base` at the first to 1 at the last by cosine
 * (arXiv 2006.07733, section 3.2), or constant.
 */
export function tauAt(step: number, total: number, tau: { base: number; schedule: 'constant' | 'cosine' }): number {
  if (tau.schedule === 'constant') return tau.base;
  const progress = total > 1 ? step / (total - 1) : 0;
  return 1 - ((1 - tau.base) * (Math.cos(Math.PI * progress) + 1)) / 2;
}
