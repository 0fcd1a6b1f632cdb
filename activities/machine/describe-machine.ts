import { availableParallelism } from 'node:os';
import type { Machine } from '../../experiment/plan/look';
import type { TrainingDependencies } from '../training-dependencies';

export type DescribeMachine = () => Promise<Machine>;

/** @returns the activity `describeMachine`: what this worker trains on. */
export function createDescribeMachine({
  device,
  devices,
  computes = [],
}: Pick<TrainingDependencies, 'device' | 'devices' | 'computes'>): DescribeMachine {
  return () => Promise.resolve({ device, devices, cores: availableParallelism(), bf16: computes.includes('bf16') });
}
