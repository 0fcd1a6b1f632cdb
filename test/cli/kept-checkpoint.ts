import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitCheckpoint } from '../../storage/checkpoint';
import type { ObjectStore } from '../../storage/object-store';

/** Leaves a checkpoint of a run as a training would, with a state that nobody could load. */
export async function keepCheckpoint(
  store: ObjectStore,
  of: { experiment: string; run: string },
  epoch: number,
): Promise<void> {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'kept-')), 'state');
  writeFileSync(stateFile, `${of.run} after epoch ${epoch}`);
  const position = { epoch, step: 10 * epoch };
  await commitCheckpoint(store, {
    ...of,
    position,
    program: 'p',
    stateFile,
    metadata: { epochs: [] },
    parentKey: null,
  });
}
