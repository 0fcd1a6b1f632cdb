import type { AppliedModel, ApplyModelInput } from '../activities/apply/apply-model';
import { applyModel } from './proxies';

/** A finished experiment's network on images that are given to it; beside the experiment and not part of it. */
export async function apply(input: ApplyModelInput): Promise<AppliedModel> {
  return applyModel.executeWithOptions({ summary: `${input.kind} by ${input.experiment.name}` }, [input]);
}
