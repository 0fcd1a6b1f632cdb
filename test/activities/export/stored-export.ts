import type { ExportedModel } from '../../../experiment/exported-model';
import { sha256 } from '../../../storage/integrity';
import { model } from '../../../storage/keys';
import type { ObjectStore } from '../../../storage/object-store';

/** The `model.json` of these files, as an export writes it. */
export function describedExport(
  files: Record<string, Buffer>,
  more: Partial<Omit<ExportedModel, 'files'>> = {},
): ExportedModel {
  const digests = Object.entries(files).map(([name, body]) => [name, { sha256: sha256(body), bytes: body.length }]);
  return {
    format: 'durable-byol-model/1',
    input: { height: 28, width: 28, channels: 1 },
    encoders: { seeds: [] },
    savedModelProblem: null,
    ...more,
    files: Object.fromEntries(digests) as ExportedModel['files'],
  };
}

/** Keeps small files as an experiment's export. */
export async function keepExport(
  store: ObjectStore,
  experiment: string,
  files: Record<string, string | Buffer>,
  more: Partial<Omit<ExportedModel, 'files'>> = {},
): Promise<void> {
  const bodies = Object.fromEntries(Object.entries(files).map(([name, body]) => [name, Buffer.from(body)]));
  for (const [name, body] of Object.entries(bodies)) await store.put(model(experiment, name), body);
  await store.put(model(experiment, 'model.json'), Buffer.from(JSON.stringify(describedExport(bodies, more))));
}
