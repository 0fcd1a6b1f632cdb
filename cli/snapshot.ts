import { defaultPayloadConverter } from '@temporalio/common';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { ProgressView } from '../workflows/progress';
import { describeRun, type Run } from './runs';
import { unansweredBecause } from './silence';

/** What a running activity last said of itself; every field may be absent. */
export interface Pulse {
  /** Epochs finished since the activity began. */
  epochsDone?: number;
  /** Epochs of the run that are finished. */
  epoch?: number;
  step?: number;
  steps?: number;
  loss?: number;
  imagesPerSecond?: number;
  message?: string;
  /** The run's path in storage. */
  run?: string;
  learningRate?: number;
}

/** An activity that is under way or waits for its next attempt. */
export interface PendingActivity {
  type: string;
  attempt: number;
  pulse: Pulse;
  /** false: it waits for a worker, or for its next attempt. */
  started?: boolean;
  /** The worker that has it, or had it last. */
  worker?: string;
  /** When it is tried again. */
  nextAttempt?: Date;
  /** What its last attempt ended with. */
  failure?: string;
}

/** How a run stands at one moment. */
export interface Snapshot {
  /** RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, TIMED_OUT: Temporal's word. */
  status: string;
  /** null as long as no worker has answered. */
  view: ProgressView | null;
  /** When the run began, or was resumed. */
  startedAt?: Date;
  /** Pending activities by the id of their stage. */
  pending: Map<string, PendingActivity[]>;
  /** Why `view` is not fresh. */
  silence?: string;
}

/** The experiment's own activities and the stages that they are. */
const ownActivities = [
  ['fetchDataset', 'fetch'],
  ['exportModels', 'export'],
  ['writeReport', 'report'],
] as const;

const QUERY_MILLISECONDS = 5000;
/** A device trains one stage at a time: a few running stages have activities, the others wait. */
const MAX_DESCRIBED = 30;

/** Asks Temporal how a run stands; a workflow that no worker answers for keeps the view of `before`. */
export async function takeSnapshot(client: Client, run: Run, before?: Snapshot): Promise<Snapshot> {
  const description = await run.describe();
  const status = description.status.name;
  const startedAt = description.startTime;
  const pending = new Map<string, PendingActivity[]>();
  const own = activitiesOf(description);
  for (const [type, stage] of ownActivities) {
    const matching = own.filter((activity) => activity.type === type);
    if (matching.length > 0) pending.set(`${run.workflowId}/${stage}`, matching);
  }
  let view = before?.view ?? null;
  try {
    view = await client.withDeadline(Date.now() + QUERY_MILLISECONDS, () => run.query<ProgressView>('progress'));
  } catch (error) {
    return { status, startedAt, view, pending, silence: unansweredBecause(error) };
  }
  const running = view.stages
    .filter(({ id, state }) => state === 'running' && !pending.has(id))
    .slice(0, MAX_DESCRIBED);
  await Promise.all(
    running.map(async ({ id }) => {
      const child = status === 'RUNNING' ? await describeRun(client, id) : null;
      if (child) pending.set(id, activitiesOf(child));
    }),
  );
  return { status, startedAt, view, pending };
}

/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;

/** Activities of a workflow that are under way. */
export function activitiesOf({ raw }: WorkflowExecutionDescription): PendingActivity[] {
  return (raw.pendingActivities ?? []).map((activity) => {
    const payload = activity.heartbeatDetails?.payloads?.[0];
    const started = Number(activity.state) === STARTED;
    return {
      type: activity.activityType?.name ?? '',
      attempt: activity.attempt ?? 1,
      pulse: payload ? pulseOf(payload) : {},
      started,
      ...(activity.lastFailure ? { failure: sentenceOf(activity.lastFailure) } : {}),
      ...(activity.lastWorkerIdentity ? { worker: activity.lastWorkerIdentity } : {}),
      ...(!started && activity.scheduledTime ? { nextAttempt: dateOf(activity.scheduledTime) } : {}),
    };
  });
}

const dateOf = ({ seconds }: { seconds?: unknown }): Date => new Date(1000 * Number(seconds ?? 0));

function pulseOf(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0]): Pulse {
  try {
    const value = defaultPayloadConverter.fromPayload(payload);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // another version's heartbeat: progress does without it
  }
}

interface RawFailure {
  message?: string | null;
  cause?: RawFailure | null;
}

/** The activity's own words, which have the remedy; a cause's where it gave none. */
function sentenceOf(failure: RawFailure): string {
  let at = failure;
  while (!at.message && at.cause) at = at.cause;
  return (at.message ?? '').split('\n')[0]!;
}
