import type { ImageCounts } from './look';

/** An accuracy like this is assumed where none is known yet. */
const assumed = 0.8;
/** Standard errors of an accuracy from which a report would say that images were few. */
const coarse = { test: 0.02, validation: 0.03 };
const fewToPretrainOn = 2000;

/** Of an accuracy over so many images. */
const standardError = (images: number): number => Math.sqrt((assumed * (1 - assumed)) / images);
const points = (share: number): string => `${(100 * share).toFixed(1)} points`;
const images = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'image' : 'images'}`;

/**
 * What the report would find fault with in the data, before anything is trained: a sentence each.
 * @param counts images as the spec uses them
 */
export function warningsOf({ test, validation, unlabelled }: ImageCounts): string[] {
  const warnings: string[] = [];
  if (test > 0 && standardError(test) > coarse.test)
    warnings.push(
      `About ${images(test)} to test on: an accuracy of 80% over so few is known to ${points(1.96 * standardError(test))} either way, so ` +
        `that only a large gain can be told. More labelled images help, or a larger part of them (dataset.test).`,
    );
  if (validation > 0 && standardError(validation) > coarse.validation)
    warnings.push(
      `About ${images(validation)} to choose settings by: their accuracies have a standard error of ` +
        `${points(standardError(validation))}, so that chance has a part in the choice, for every arm (dataset.validation).`,
    );
  if (unlabelled < fewToPretrainOn)
    warnings.push(
      `About ${images(unlabelled)} to pretrain on: few to learn from. More of the same kind need no labels (a folder unlabelled/ ` +
        `beside the classes).`,
    );
  return warnings;
}
