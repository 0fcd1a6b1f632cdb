import { experimentName } from './names';
import { schemeOf } from './scheme';

/** Starting weights that another experiment's pretraining left. */
export interface WeightsOfExperiment {
  experiment: string;
  seed: number;
}

/** What `byol://EXPERIMENT/seed-S` names; null for any other source. */
export function weightsOfExperiment(source: string): WeightsOfExperiment | null {
  const [, experiment = '', seed] = /^byol:\/\/([^/]+)\/seed-(\d{1,10})$/.exec(source) ?? [];
  return experimentName.test(experiment) ? { experiment, seed: Number(seed) } : null;
}

/** What is wrong with where the starting weights are said to be: a sentence a problem. */
export function weightsProblems(
  name: string,
  model: { weights?: string | undefined; weightsSha256?: string | undefined },
): string[] {
  const { weights, weightsSha256 } = model;
  if (weights === undefined)
    return weightsSha256 === undefined ? [] : ['model.weightsSha256 is given, but no model.weights that it is of.'];
  const scheme = schemeOf(weights);
  if (scheme === 'byol') {
    const of = weightsOfExperiment(weights);
    if (!of) return [`model.weights must be byol://EXPERIMENT/seed-S, such as byol://my-run/seed-1, not "${weights}".`];
    return of.experiment === name ? ['model.weights is of this very experiment, which has none to begin with.'] : [];
  }
  if (scheme === 's3' && !/^s3:\/\/[^/]+\/.*[^/]$/i.test(weights))
    return [`model.weights must name one object, s3://bucket/key, not "${weights}".`];
  if (scheme === undefined || ['http', 'https', 's3'].includes(scheme)) return [];
  return [
    `model.weights must be a path, http:// or https://, s3://bucket/key or byol://EXPERIMENT/seed-S, not "${weights}".`,
  ];
}
