import type { Client } from '@temporalio/client';
import { openObjectStore, type ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { remark } from './output';
import { resolveSettings, resolveStorage, type Settings } from './settings';
import { runningStack, useRunningStack, withStack, type HeldStack } from './stack';
import { connectTemporal } from './temporal';

/** What a command that works with experiments is given. */
export interface Session {
  settings: Settings;
  client: Client;
  store: ObjectStore;
  /** The page of an experiment in the Temporal UI, where its address is known. */
  uiPage(name: string): string | undefined;
}

/**
 * Connects to Temporal and storage, runs `body`, and disconnects.
 * @param local use the dev stack of this machine whatever the environment says
 */
export async function withSession<T>(body: (session: Session) => Promise<T>, local = false): Promise<T> {
  const { stack, leave } = await useRunningStack();
  try {
    const settings = noting(await resolveSettings(process.env, stack, local));
    if (settings.temporal.address !== stack?.temporal.address) leave();
    return await connected(settings, body);
  } finally {
    leave();
  }
}

async function connected<T>(settings: Settings, body: (session: Session) => Promise<T>): Promise<T> {
  const client = await connectTemporal(settings);
  const store = openObjectStore(settings.storage);
  const uiPage = (name: string) =>
    settings.uiUrl &&
    `${settings.uiUrl.replace(/\/$/, '')}/namespaces/${settings.temporal.namespace}/workflows/${name}`;
  try {
    return await body({ settings, client, store, uiPage });
  } finally {
    store.close();
    await client.connection.close();
  }
}

/**
 * As withSession; with `up` beside a stack that is started where none runs (`withStack`).
 * @param wait whether `body` stays until the run has ended
 */
export async function withSessionUp<T>(
  { up = false, wait }: { up?: boolean; wait: boolean },
  body: (session: Session, stack?: HeldStack) => Promise<T>,
): Promise<T> {
  if (!up) return withSession((session) => body(session));
  if (!wait && runningStack() === null)
    throw new CliFailure(
      exitCodes.input,
      `--up with --no-wait would stop the stack before anything has run. Start the stack in another terminal ("byol up"), ` +
        `then this command without --up.`,
    );
  return withStack((stack) => withSession((session) => body(session, stack), true));
}

/** For a command that asks storage alone: it works without Temporal, and where Temporal's settings cannot be read. */
export async function withStore<T>(body: (store: ObjectStore) => Promise<T>): Promise<T> {
  const { stack, leave } = await useRunningStack();
  try {
    const { storage } = noting(await resolveStorage(process.env, stack));
    if (storage.endpoint !== stack?.s3.endpoint) leave();
    const store = openObjectStore(storage);
    return await body(store).finally(() => store.close());
  } finally {
    leave();
  }
}

function noting<T extends Pick<Settings, 'ignored'>>(settings: T): T {
  if (settings.ignored.length > 0)
    remark(
      `Note: the stack that runs on this machine is used, with its own storage; ${settings.ignored.join(', ')} does not count.`,
    );
  return settings;
}
