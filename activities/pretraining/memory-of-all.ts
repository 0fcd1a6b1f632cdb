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
  const { pretraining, arms, labels } = data.spec;
  const { batch, accumulate } = pretraining;
  const trained = { what: 'Pretraining', setting: 'pretraining.batch', batch, accumulate } as const;
  requireMemory(dependencies.memory, program, imageBytes, trained);
  for (const arm of arms)
    for (const budget of labels) new ClassifierRun(dependencies, { ...of, arm, labels: budget }, data).requireMemory();
}
