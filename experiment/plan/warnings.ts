import { fewPretrainingSteps } from '../pretraining-steps';
import type { ExperimentSpec } from '../resolve';
import { coarseToChooseBy, standardError } from '../standard-error';
import type { ImageCounts } from './look';

/** An accuracy like this is assumed where none is known yet. */
const assumed = 0.8;
/** A standard error of a test accuracy from which only large gains can be told. */
const coarseToTestBy = 0.02;
const fewToPretrainOn = 2000;

const points = (share: number): string => `${(100 * share).toFixed(1)} points`;
const images = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'image' : 'images'}`;

/**
 * What to expect of data that are few, before anything is trained: a sentence each.
 * @param counts images as the spec uses them
 */
export function warningsOf(
  { test, validation, unlabelled }: ImageCounts,
  { dataset: { kind }, pretraining: { epochs, batch, accumulate } }: Pick<ExperimentSpec, 'dataset' | 'pretraining'>,
): string[] {
  const own = kind === 'images';
  const steps = epochs * Math.floor(unlabelled / (batch * accumulate));
  const [ofTest, ofValidation] = [standardError(assumed, test), standardError(assumed, validation)];
  const warnings: string[] = [];
  if (test > 0 && ofTest > coarseToTestBy)
    warnings.push(
      `About ${images(test)} to test on: an accuracy of 80% over so few is known to ${points(1.96 * ofTest)} either way, so ` +
        `that only a large gain can be told. More labelled images help${own ? ', or a larger part of them (dataset.test)' : ''}.`,
    );
  if (validation > 0 && ofValidation > coarseToChooseBy)
    warnings.push(
      `About ${images(validation)} to choose settings by: their accuracies have a standard error of ` +
        `${points(ofValidation)}, so that chance has a part in the choice, for every arm (dataset.validation).`,
    );
  if (unlabelled < fewToPretrainOn)
    warnings.push(
      `About ${images(unlabelled)} to pretrain on: few to learn from.` +
        `${own ? ' More of the same kind need no labels (a folder unlabelled/ beside the classes).' : ''}`,
    );
  if (epochs > 0 && steps < fewPretrainingSteps)
    warnings.push(
      `About ${steps.toLocaleString('en-US')} optimizer steps of pretraining are few: an encoder may need thousands. More time (time=) or ` +
        `pretraining.epochs gives it more.`,
    );
  return warnings;
}
