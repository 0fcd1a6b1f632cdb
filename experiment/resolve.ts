import { byolViews, simclrViews, type Augmentation } from './augmentation';
import { conflictsOf } from './conflicts';
import { imageSizeOf } from './datasets';
import { precisions, type Precision } from './precision';
import { problemsOf, SpecError } from './problems';
import { experimentSpec, type ParsedSpec } from './spec';

/** A spec as a run is given it: every default filled in, the views written out. */
export type ExperimentSpec = Omit<ParsedSpec, 'pretraining' | 'precision'> & {
  precision: Precision;
  pretraining: Omit<ParsedSpec['pretraining'], 'views' | 'accumulate'> & {
    accumulate: number;
    views: { first: Augmentation[]; second: Augmentation[] };
  };
};

/** Pretraining's views written out, where a spec only names them. */
export const viewsOf = ({
  dataset,
  pretraining: { views },
}: ParsedSpec): { first: Augmentation[]; second: Augmentation[] } => {
  if (views === 'simclr') return simclrViews();
  if (views === 'byol') return byolViews(imageSizeOf(dataset));
  return views;
};

/**
 * Reads a spec from plain data (parsed YAML or JSON). A resolved spec is itself a valid spec, and gives itself.
 * @throws {SpecError} that lists every problem with its path, what is allowed and what was given
 */
export function parseSpec(value: unknown): ExperimentSpec {
  const parsed = experimentSpec.safeParse(value);
  if (!parsed.success) throw new SpecError(problemsOf(parsed.error.issues, value));
  const { accumulate } = parsed.data.pretraining;
  if (accumulate === 'auto')
    throw new SpecError([
      'pretraining.accumulate: auto is settled by "byol start SPEC", which asks a worker; here it must be a number.',
    ]);
  const { precision } = parsed.data;
  if (precision === 'auto')
    throw new SpecError([
      `precision: auto is settled by "byol start SPEC", which asks a worker; here it must be one of ${precisions.join(', ')}.`,
    ]);
  const spec = {
    ...parsed.data,
    precision,
    pretraining: { ...parsed.data.pretraining, accumulate, views: viewsOf(parsed.data) },
  };
  const conflicts = conflictsOf(spec, imageSizeOf(spec.dataset));
  if (conflicts.length > 0) throw new SpecError(conflicts);
  return spec;
}
