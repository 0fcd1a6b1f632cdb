import { stringify } from 'yaml';
import type { Arm } from '../experiment/comparison';
import { epochsOf } from '../experiment/search-grid';
import type { Answer } from './answer';
import type { ExperimentResults } from './results';
import { counted, duration, listed, rate, whole } from './wording';

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
  ['labels', 'the number of labelled training images, drawn in equal numbers from each class unless all are used.'],
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

/** The resolved spec as YAML that `byol start` takes. */
export const settingsOf = (results: ExperimentResults): string => stringify(results.spec, { lineWidth: 0 });

/** Where the numbers come from: a name and its value each. */
export function provenanceOf(results: ExperimentResults): [string, string][] {
  const { provenance, dataset } = results;
  const { image } = dataset;
  const { digests } = provenance;
  const { sweep } = results;
  return [
    ['durable-byol', provenance.version + (provenance.commit ? `, commit ${provenance.commit}` : '')],
    ['node', provenance.node],
    ['TensorFlow', provenance.tensorflow],
    ['device', provenance.device],
    ['precision', results.spec.precision],
    ['CPU', provenance.cpu],
    ['threads', threadWords(provenance)],
    ...trainingsAtOnce(provenance),
    ['workers', provenance.workers.join(', ')],
    ['interruptions', interruptionWords(results)],
    ['started', provenance.startedAt],
    ['finished', provenance.finishedAt],
    [
      'images',
      `${dataset.kind}, ${image.width}x${image.height}, ${counted(image.channels, 'channel')}, ${whole(dataset.classes.length)} classes: ${dataset.classes.slice(0, 20).join(', ')}${dataset.classes.length > 20 ? ', ...' : ''}`,
    ],
    [
      'counts',
      Object.entries(dataset.counts)
        .map(([use, n]) => `${use} ${whole(n)}`)
        .join(', '),
    ],
    ...weightRows(results),
    ...(sweep
      ? [
          ['sweep', `member ${sweep.member} of ${sweep.members} of ${sweep.sweep}; the validation split chose`] as [
            string,
            string,
          ],
        ]
      : []),
    ['digest of the dataset', digests.dataset],
    ['digest of the spec', digests.spec],
  ];
}

function weightRows({ weights }: ExperimentResults): [string, string][] {
  if (!weights) return [['starting weights', 'random']];
  const { source, file, digest, remarks } = weights;
  return [
    ['starting weights', [source, ...remarks].join('; ')],
    ['sha256 of their file', file],
    ['digest of the starting weights', digest],
  ];
}

/** Threads within an operation, which follow the program. */
const threadWords = ({ threads, threadsOfPretraining }: ExperimentResults['provenance']): string =>
  threadsOfPretraining === undefined ? String(threads) : `${threads}, ${threadsOfPretraining} in pretraining`;

/** Older runs did not note how many devices they had. */
function trainingsAtOnce({ device, devices, cores }: ExperimentResults['provenance']): [string, string][] {
  if (devices === undefined) return [];
  const shared = device === 'gpu' ? 'each with a GPU of its own' : `which shared the machine's ${cores} cores`;
  return [['trainings at once', devices === 1 ? '1 on a worker' : `${devices} on a worker, ${shared}`]];
}

/** What the hours of {@link timesOf} are of. */
export function deviceHoursWords({ provenance: { device, devices = 1, cores } }: ExperimentResults): string {
  const shared = `: ${devices} trainings at once shared the machine's ${cores} cores`;
  return `Time of training by stage, added up over the devices${device !== 'gpu' && devices > 1 ? shared : ''}`;
}

/**
 * Time of training by stage, the longest first, and in all: hours of devices. Devices train beside each other, so that
 * the sum can exceed the time of the clock, which is last.
 */
export function timesOf({ provenance }: ExperimentResults): { cells: string[]; total: boolean }[] {
  const stages = Object.entries(provenance.secondsByStage).sort(([, a], [, b]) => b - a);
  const inAll = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
  const row = (name: string, seconds: number, total: boolean) => ({
    cells: [name, duration(seconds), (seconds / 3600).toFixed(2)],
    total,
  });
  const byClock = (Date.parse(provenance.finishedAt) - Date.parse(provenance.startedAt)) / 1000;
  return [
    ...stages.map(([stage, seconds]) => row(stage, seconds, false)),
    row('in all', inAll, true),
    { cells: ['by the clock, from the start to this report', duration(byClock), ''], total: false },
  ];
}

/**
 * How often a training went on in another worker process than before: each time one had stopped, was killed, or had other
 * work. At least so often; a worker that was given a name keeps it when it is started again, and does not show.
 */
function changesOfWorker({ pretraining, comparisons }: ExperimentResults): number {
  const runs = [
    ...pretraining.map(({ epochs }) => epochs),
    ...comparisons.flatMap(({ search }) => search.map(({ curve }) => curve)),
  ];
  return runs.reduce(
    (sum, epochs) => sum + epochs.filter(({ worker }, at) => at > 0 && worker !== epochs[at - 1]?.worker).length,
    0,
  );
}

function interruptionWords(results: ExperimentResults): string {
  const changes = changesOfWorker(results);
  if (changes === 0) return 'none seen: every training stayed with one worker';
  return `${counted(changes, 'time')} a training went on from its checkpoint in another worker process, because the one before had stopped, was killed or had other work`;
}
