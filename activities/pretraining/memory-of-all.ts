import { monitorSample } from '../../experiment/monitor-sample';
import { pretrainingProgram } from '../../training/byol/program';
import type { Program } from '../../training/program';
import { ClassifierRun } from '../classifier/classifier-run';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { requireMemory } from '../machine/memory';
import type { TrainingData } from '../dataset/training-data';

/**
 * Nothing where pretraining fits, and the classifiers that come after it do too: nobody should hear of them hours later.
 *
 * @param program pretraining's @param imageBytes of the images that it keeps
 * @throws MemoryError
 */
export function requireMemoryOfAll(
  dependencies: TrainingDependencies,
  of: { experiment: ExperimentRef; dataset: string; seed: number },
  data: TrainingData,
  program: Program,
  imageBytes: number,
): void {
  if (dependencies.memory === undefined) return;
  const { spec, format } = data;
  const { pretraining, arms, labels } = spec;
  const { batch, accumulate } = pretraining;
  const divided = (images: number, parts: number) => ({
    ...spec,
    pretraining: { ...pretraining, batch: images, accumulate: parts },
  });
  requireMemory(dependencies.memory, imageBytes, {
    ...({ what: 'Pretraining', setting: 'pretraining.batch', batch, accumulate } as const),
    program: (images, parts) =>
      images === batch
        ? program
        : pretrainingProgram(divided(images, parts), format, monitorSample, dependencies.device),
  });
  for (const arm of arms)
    for (const budget of labels) new ClassifierRun(dependencies, { ...of, arm, labels: budget }, data).requireMemory();
}
