import type { Arm } from '../experiment/comparison';
import { epochsOf } from '../experiment/search-grid';
import type { Answer } from './answer';
import type { ExperimentResults } from './results';
import { counted, listed, rate, whole } from './wording';

function armWords(arm: Arm, start: string, pretrained: string): string {
  if (arm === 'supervised') return `supervised trains the whole network from ${start}`;
  if (arm === 'fine-tuned') return `fine-tuned trains the whole network from the weights that ${pretrained} ended with`;
  return 'linear-probe trains only a linear layer on the pretrained encoder, which stays as it is';
}

/** What was compared and how it was chosen, a paragraph each: the page and Markdown say the same. */
export function methodOf({ spec, dataset, weights }: ExperimentResults, answer: Answer): string[] {
  const { classifier, pretraining, model } = spec;
  const images = (use: string) => (dataset.counts[use] === undefined ? '' : ` (${whole(dataset.counts[use])} images)`);
  const unlabelled = dataset.counts['unlabelled'];
  const lengths = epochsOf(classifier);
  const arms = spec.arms.length === 2 ? 'Two arms' : 'Three arms';
  const pretrained = `${counted(pretraining.epochs, 'epoch')} of BYOL on ${unlabelled ? counted(unlabelled, 'image') : 'images'} without labels`;
  const start = weights ? `given weights (${weights.source}), with a fresh classifier layer` : 'fresh random weights';
  const pretrainingStart = weights ? ' Pretraining started from the same given weights.' : '';
  const passes = classifier.minStepsPerEpoch
    ? ` (an epoch passes over few images until it has ${counted(classifier.minStepsPerEpoch, 'step')})`
    : '';
  const seeds = Math.max(0, ...answer.budgets.map((budget) => budget.difference?.seeds.length ?? 0));
  return [
    `${arms} train the same network (${model.backbone}, stem ${model.stem}, width ${model.width}) on the same labelled ` +
      `images, in the same way: batch ${classifier.batch}${passes}, ${classifier.optimizer.name}, the same ` +
      `augmentation. They differ in the starting weights, in what is trained, and in the setting that the search found best for each: ` +
      spec.arms.map((arm) => armWords(arm, start, pretrained)).join('; ') +
      `.${pretrainingStart}`,
    `Every arm tried the same learning rates (${listed(classifier.learningRates.map(rate))}), each for ${listed(lengths.map(String))} epochs, for every seed and every number of labels. ` +
      `The validation split${images('validation')} chose among them by accuracy, of equals by loss; nothing was trained on it.`,
    `The test split${images('test')} chose nothing: it was looked at once for each arm, seed and number of labels, after the choice.`,
    `A seed sets which labelled images are drawn, the first weights and the random views; all arms of a seed get the same ` +
      `labelled images, so that seeds are compared in pairs (${counted(seeds, 'pair')}). The 95% interval is the paired Student's t interval of ` +
      `the mean difference. It speaks of other seeds on these images, not of other data sets. Where the test images are few, a bootstrap over them has to agree before a gain is called one.`,
  ];
}

/** The words that a newcomer cannot be expected to know. */
export function glossaryOf({ weights }: ExperimentResults): [word: string, meaning: string][] {
  const start = weights ? 'the given weights' : 'random weights';
  return glossary.map(([word, meaning]) => [word, meaning.replace('START', start)]);
}

const glossary: readonly [word: string, meaning: string][] = [
  [
    'BYOL',
    'Bootstrap Your Own Latent: trains a network on images without labels, by predicting one random view of an image from another.',
  ],
  [
    'labels',
    'the labelled training images: a number has equally many of each class, a share such as 10% that part of each class.',
  ],
  ['supervised', 'trained on the labelled images alone, from START: the baseline.'],
  ['linear probe', 'a linear layer trained on the pretrained encoder, which stays as it is.'],
  ['fine-tuned', 'trained on the same labelled images, from the weights that BYOL pretraining gave.'],
  ['accuracy', 'the share of images whose class was named right.'],
  ['points', 'percentage points: from 90% to 93% are 3 points.'],
  ['seed', 'one independent repetition: other labelled images, other first weights.'],
  [
    '95% interval',
    'where the mean gain over many seeds plausibly lies. If it includes zero, the seeds so far do not settle the matter.',
  ],
  [
    'on a par',
    'not below on the mean, and the interval rules out that half of what the further labels give supervised training is lost.',
  ],
  ['validation split', 'images set aside to choose settings on.'],
  [
    'test split',
    'images set aside for the final figures. No accuracy is computed on them before the choice; up to 1,000 are also drawn on the map of the encoder, where nothing is judged.',
  ],
  [
    'collapse',
    'a failed pretraining in which every image gets nearly the same embedding; the spread of the embedding shows it (1 healthy, 0 collapsed).',
  ],
];
