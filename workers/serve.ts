import { once } from 'node:events';
import { Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Environment } from '../settings/folders';
import { messageOf } from '../settings/settings-error';
import { widenThreadPool } from '../settings/thread-pool';
import { openObjectStore } from '../storage/object-store';
import type { ObjectStore } from '../storage/object-store';
import { awaitStore, connectTemporal } from './connect';
import { openLog, sdkLogger } from './log';
import { readSettings } from './settings';
import type { WorkerSettings } from './settings';

/** What a kind of worker adds to the settings that all have. */
export type Duty = Pick<
  WorkerOptions,
  'taskQueue' | 'activities' | 'workflowBundle' | 'workflowsPath' | 'maxConcurrentActivityTaskExecutions'
> & {
  /** Called when no activity runs any more. */
  close?: () => Promise<void>;
};

/** Dependencies of a duty. */
export interface Equipment {
  settings: WorkerSettings;
  store: ObjectStore;
  log: Logger;
}

/**
 * Runs a worker until it is told to stop (SIGTERM, SIGINT, or the end of the process that started it). What goes wrong
 * at the start is told in one paragraph.
 *
 * @returns the exit code
 */
export async function serve(
  environment: NodeJS.ProcessEnv,
  duty: (equipment: Equipment) => Promise<Duty>,
): Promise<number> {
  widenThreadPool(environment);
  const { LOG_FORMAT: format, LOG_LEVEL: level } = environment;
  const log = openLog({ ...(format && { format }), ...(level && { level }) });
  const stop = new AbortController();
  const told = () => stop.abort();
  const signals = ['SIGTERM', 'SIGINT', 'disconnect'] as const;
  signals.forEach((signal) => process.once(signal, told));
  try {
    await serveUntil(environment, duty, log, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    log.fatal(isOurs(error) ? {} : { err: error }, messageOf(error));
    return 1;
  } finally {
    signals.forEach((signal) => process.off(signal, told));
    process.channel?.unref();
  }
}

async function serveUntil(
  environment: Environment,
  duty: (equipment: Equipment) => Promise<Duty>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const settings = await readSettings(environment);
  const store = openObjectStore(settings.storage);
  try {
    await awaitStore(store, log, signal);
    Runtime.install({
      logger: sdkLogger(log),
      shutdownSignals: [], // ours, so that a stop is heard while the worker still waits for its server
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }) } },
    });
    const connection = await connectTemporal(settings, log, signal);
    const { close, ...options } = await duty({ settings, store, log });
    try {
      const worker = await Worker.create({ ...common(settings), ...options, connection });
      log.info({ taskQueue: options.taskQueue, bucket: store.location }, 'The worker is ready');
      process.send?.('ready');
      await worker.runUntil(aborted(signal));
      log.info('The worker has stopped');
    } finally {
      await close?.();
      await connection.close();
    }
  } finally {
    store.close();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function common({ namespace, identity }: WorkerSettings) {
  return {
    namespace,
    identity,
    maxCachedWorkflows: 200,
    // A cancel comes to an activity with the answer to a heartbeat: with the default throttle that is up to 24 s late.
    maxHeartbeatThrottleInterval: '2 seconds',
    defaultHeartbeatThrottleInterval: '2 seconds',
    // Training stops at the next step and goes back to its last checkpoint; a commit that is under way has the rest.
    shutdownGraceTime: '500 milliseconds',
    shutdownForceTime: '25 seconds',
  } satisfies Partial<WorkerOptions>;
}

/** Errors whose message is a whole explanation. */
function isOurs(error: unknown): boolean {
  return /^(Worker|Settings|Storage|Bucket|Access|Object|Disk)\w*Error$/.test((error as Error).name);
}
