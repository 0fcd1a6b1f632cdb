import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import type { AppliedModel, ApplyModelInput } from '../activities/apply/apply-model';
import { canonicalJson, specDigest } from '../experiment/digest';
import { CPU_QUEUE } from '../experiment/names';
import type { ExperimentSpec } from '../experiment/resolve';
import { schemeOf } from '../experiment/scheme';
import { experimentDataset } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import type { apply } from '../workflows/apply';
import { CliFailure, exitCodes } from './failure';
import { patience, resultFromWorker, waitingForWorker, type Told } from './on-worker';
import { progressLine, remark } from './output';
import { storedSpec } from './record';
import type { Session } from './session';
import { activitiesOf } from './snapshot';
import { firstUnjudged } from './standing';
import { lostInSweep } from './sweep/lost';

/** What a command asks of an experiment's network. */
export type Application = Pick<ApplyModelInput, 'kind' | 'seed' | 'neighbours'>;

const stored = z.object({ digest: z.string() });
const intervalMilliseconds = 500;

/**
 * Lets a worker apply a finished experiment's network to images, and waits for it; one that is at it already is joined.
 * @param place what the user named: a path from here, a URL or s3://...
 * @throws {CliFailure} when it failed there, or after Ctrl-C
 */
export async function applyToImages(
  session: Session,
  name: string,
  place: string,
  application: Application,
): Promise<AppliedModel> {
  const { client, store } = session;
  const spec = await storedSpec(store, name);
  if (application.seed !== undefined && !spec.seeds.includes(application.seed))
    throw new CliFailure(
      exitCodes.input,
      `"${name}" has no seed ${application.seed}; it has ${spec.seeds.join(', ')}.`,
    );
  const dataset = stored.safeParse(parsed((await store.getIfPresent(experimentDataset(name)))?.body)).data;
  if (!dataset)
    throw new CliFailure(
      exitCodes.input,
      `"${name}" has no images yet, and so no network. "byol status ${name}" tells how far it is.`,
    );
  if (application.kind === 'predict') await refuseUntrained(store, spec);
  const experiment = { name, specDigest: specDigest(spec) };
  const source = absolute(place);
  const digest = createHash('sha256').update(canonicalJson({ ...application, experiment, source }));
  const id = `${application.kind}-${digest.digest('hex').slice(0, 12)}`;
  const handle = await client.workflow.start<typeof apply>('apply', {
    workflowId: `${name}/apply/${id}`,
    taskQueue: CPU_QUEUE,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: `${application.kind} by ${name}`,
    args: [{ ...application, experiment, source, dataset: dataset.digest, id }],
  });
  return followed(handle);
}

/** Tells it at once: a worker that is free to tell it may take hours. */
async function refuseUntrained(store: ObjectStore, spec: ExperimentSpec): Promise<void> {
  const missing = await firstUnjudged(store, spec);
  if (missing === null) return;
  const lost = await lostInSweep(store, spec.name);
  throw new CliFailure(
    exitCodes.input,
    lost === null
      ? `"${spec.name}" has no classifier to choose yet: ${missing} is not done. "byol status ${spec.name}" tells how far it is, and ` +
          `"byol resume ${spec.name}" goes on with it where it has stopped.`
      : `There is no classifier${lost}`,
  );
}

/** As the worker is to understand it: a path of this machine in full. */
const absolute = (place: string) => (schemeOf(place) === undefined ? resolve(place) : place);

function parsed(body: Buffer | undefined): unknown {
  try {
    return body && JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function followed(handle: WorkflowHandle<typeof apply>): Promise<AppliedModel> {
  const begun = Date.now();
  let [told, asking] = [false, false];
  const look = async () => {
    const [activity] = activitiesOf(await handle.describe());
    if (activity?.failure) progressLine(`tried again (attempt ${activity.attempt}): ${activity.failure}`);
    else if (activity?.pulse.message) progressLine(activity.pulse.message);
    const started = Object.keys(activity?.pulse ?? {}).length > 0;
    if (started || told || Date.now() - begun < patience) return;
    told = true;
    remark(`${waitingForWorker} Where no worker runs at all, "byol up" brings some.`);
  };
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    // What cannot be asked now is asked again: result() is the one that waits.
    void look()
      .catch(() => undefined)
      .finally(() => (asking = false));
  }, intervalMilliseconds);
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once('SIGINT', interrupt);
  try {
    return await resultFromWorker(handle, {
      interrupted: controller.signal,
      stopped: 'Stopped; nothing was written.',
      failed,
    });
  } finally {
    clearInterval(timer);
    process.off('SIGINT', interrupt);
    progressLine('');
  }
}

/** Failures of a worker that the user can mend by another command line. */
const wrongInput = /^(Dataset|NoImages|UnfinishedExperiment|SpecChanged)Error$/;

function failed(root: Error): Told {
  const { type } = root as { type?: unknown };
  const exitCode = typeof type === 'string' && wrongInput.test(type) ? exitCodes.input : exitCodes.failed;
  return { exitCode, message: root.message };
}
