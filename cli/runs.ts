import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { CPU_QUEUE } from '../experiment/names';
import { specDigest } from '../experiment/digest';
import type { ExperimentSpec } from '../experiment/resolve';
import { epochsOf } from '../experiment/search-grid';
import type { experiment, ExperimentResult } from '../workflows/experiment';
import type { KeptStage } from '../workflows/progress';
import { CliFailure, exitCodes } from './failure';
import { nextName } from '../experiment/start-line';
import { registerSearchAttributes, searchAttributes } from './search-attributes';
import type { Session } from './session';
import { reason } from './temporal';

const INVALID_ARGUMENT = 3;

export type Run = WorkflowHandle<typeof experiment>;
export type { ExperimentResult };

/**
 * Starts the workflow of an experiment, or finds the one that has its name and is running or complete. One that failed,
 * was cancelled or terminated is started again and goes on from what is in storage.
 *
 * @param again start it also where it is complete: it makes what is missing, and its exports and report anew
 * @param kept what storage holds of its stages, which are shown as done from the first
 * @throws {CliFailure} when the one of that name has another spec or other storage: its answer is not this one's
 */
export async function startRun(
  { client, store }: Pick<Session, 'client' | 'store'>,
  spec: ExperimentSpec,
  again = false,
  kept: readonly KeptStage[] = [],
): Promise<'started' | 'running' | 'completed'> {
  const digest = specDigest(spec);
  return startNamed(
    { client, store },
    {
      type: 'experiment',
      ...{ name: spec.name, digest, dataset: spec.dataset.kind },
      summary: summaryOf(spec),
      details: detailsOf(spec),
      again,
      args: [{ spec, ref: { name: spec.name, specDigest: digest }, kept }] satisfies Parameters<typeof experiment>,
    },
  );
}

/** A workflow whose id is the name that the user gave it. */
export interface NamedStart {
  type: 'experiment' | 'sweep';
  name: string;
  /** Digest of all that it will do: one name stands for one. */
  digest: string;
  /** The dataset's kind. */
  dataset: string;
  summary: string;
  details: string;
  /** Also where one is complete. */
  again?: boolean;
  args: unknown[];
}

/** Starts it, or finds the one of its name, as `startRun` does. @throws {CliFailure} */
export async function startNamed(
  { client, store }: Pick<Session, 'client' | 'store'>,
  { type, name, digest, dataset, summary, details, again = false, args }: NamedStart,
): Promise<'started' | 'running' | 'completed'> {
  const identity = { spec: digest, storage: store.location };
  await registerSearchAttributes(client);
  for (let attempt = 1; ; attempt++) {
    try {
      await client.workflow.start(type, {
        workflowId: name,
        taskQueue: CPU_QUEUE,
        workflowIdReusePolicy: again
          ? WorkflowIdReusePolicy.ALLOW_DUPLICATE
          : WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        typedSearchAttributes: searchAttributes(name, dataset),
        memo: identity,
        staticSummary: summary,
        staticDetails: details,
        args,
      });
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        const { status, memo, type: found } = await client.workflow.getHandle(name).describe();
        refuseOther(name, found, memo, found === type ? identity : { ...identity, spec: '' });
        return status.name === 'RUNNING' ? 'running' : 'completed';
      }
      // A search attribute registered a moment ago is not known to every part of the server yet.
      const unknownAttribute = /search attribute/i.test(reason(error)) && codeOf(error) === INVALID_ARGUMENT;
      if (!unknownAttribute || attempt === 20) throw refused(error);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function refuseOther(
  name: string,
  type: string,
  memo: Record<string, unknown> | undefined,
  mine: { spec: string; storage: string },
): void {
  const { spec, storage } = { ...mine, ...memo };
  const same = samePlace(storage, mine.storage);
  if (spec === mine.spec && same) return;
  throw new CliFailure(
    exitCodes.input,
    `Temporal has ${type === 'sweep' ? 'a sweep' : 'an experiment'} "${name}" already, ` +
      (same ? 'with other settings. ' : `in ${storage}, and this one would be in ${mine.storage}. `) +
      `Take another name for this one (name=${nextName(name)}), or go on with the old one where its objects are.`,
  );
}

/** A local stack takes another port where its usual one is taken, and is the same store. */
export const samePlace = (one: string, other: string): boolean => withoutLocalPort(one) === withoutLocalPort(other);

const withoutLocalPort = (location: string) => location.replace(/(\/\/(?:127\.0\.0\.1|localhost|\[::1\])):\d+/, '$1');

const codeOf = (error: unknown): number | undefined =>
  (error as { code?: number }).code ?? (error as { cause?: { code?: number } }).cause?.code;

const refused = (error: unknown) =>
  new CliFailure(exitCodes.unreachable, `The Temporal server did not start it: ${causeOf(error)}`, {
    cause: error,
  });

const causeOf = (error: unknown): string => reason(error instanceof Error && error.cause ? error.cause : error);

/** One line for lists, at most 200 bytes as Temporal asks. */
function summaryOf({ dataset, labels, seeds, description }: ExperimentSpec): string {
  const size = `${dataset.kind}, labels ${labels.join(', ')}, ${seeds.length} seeds`;
  return `${size}${description ? `: ${description}` : ''}`.replace(/\s+/g, ' ').slice(0, 180);
}

function detailsOf(spec: ExperimentSpec): string {
  const { pretraining, classifier, model } = spec;
  const rows = [
    ['network', `${model.backbone}, ${model.stem} stem, width ${model.width}, ${spec.precision}`],
    ['pretraining', `${pretraining.epochs} epochs, batch ${pretraining.batch} x ${pretraining.accumulate}`],
    ['optimizer', `${pretraining.optimizer.name}, learning rate ${pretraining.learningRate}`],
    [
      'classifier',
      `${epochsOf(classifier).join(', ')} epochs, batch ${classifier.batch}, ${classifier.optimizer.name}`,
    ],
    ['learning rates', classifier.learningRates.join(', ')],
    ['labels', spec.labels.join(', ')],
    ['arms', spec.arms.join(', ')],
    ['seeds', spec.seeds.join(', ')],
  ];
  return ['| setting | value |', '| --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

/**
 * The latest run of an experiment as Temporal knows it; null when it knows none (its history is kept for a time only).
 */
export async function describeRun(client: Client, name: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(name).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** @throws {CliFailure} when Temporal knows no such experiment, and no sweep */
export async function existingRun(
  client: Client,
  name: string,
): Promise<{ kind: 'experiment' | 'sweep'; run: Run; status: string }> {
  const description = await describeRun(client, name);
  const kind = description?.type;
  if (kind === 'experiment' || kind === 'sweep')
    return { kind, run: client.workflow.getHandle<typeof experiment>(name), status: description!.status.name };
  throw new CliFailure(
    exitCodes.input,
    `Temporal knows no experiment "${name}". "byol list" shows those that it knows; one whose history has expired still has ` +
      `its results in storage: byol report ${name}.`,
  );
}
