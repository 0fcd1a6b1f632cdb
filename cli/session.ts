import type { Client } from '@temporalio/client';
import { openObjectStore, type ObjectStore } from '../storage/object-store';
import { resolveSettings, type Settings } from './settings';
import { runningStack } from './stack';
import { connectTemporal } from './temporal';

/** What a command that works with experiments is given. */
export interface Session {
  settings: Settings;
  client: Client;
  store: ObjectStore;
  /** The page of an experiment in the Temporal UI, where its address is known. */
  uiPage(name: string): string | undefined;
}

/** Connects to Temporal and storage, runs `body`, and disconnects. */
export async function withSession<T>(body: (session: Session) => Promise<T>): Promise<T> {
  return withSettings(async (settings) => {
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
  });
}

/** For a command that needs no Temporal server. */
export async function withStore<T>(body: (store: ObjectStore) => Promise<T>): Promise<T> {
  return withSettings(async (settings) => {
    const store = openObjectStore(settings.storage);
    try {
      return await body(store);
    } finally {
      store.close();
    }
  });
}

async function withSettings<T>(body: (settings: Settings) => Promise<T>): Promise<T> {
  return body(await resolveSettings(process.env, runningStack()));
}
