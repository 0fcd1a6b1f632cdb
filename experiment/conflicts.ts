import type { Augmentation } from './augmentation';
import { datasetProblems } from './datasets';
import type { ExperimentSpec } from './resolve';
import { weightsProblems } from './weights';

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

/** What each setting allows by itself but the settings together do not: one sentence a problem. `size`: of the images, pixels. */
export function conflictsOf(spec: ExperimentSpec, size: number): string[] {
  return [
    ...datasetProblems(spec.dataset),
    ...weightsProblems(spec.name, spec.model),
    ...batches(spec),
    ...kernels(spec.pretraining.views.first, 'pretraining.views.first', size),
    ...kernels(spec.pretraining.views.second, 'pretraining.views.second', size),
    ...kernels(spec.classifier.augment, 'classifier.augment', size),
  ];
}
