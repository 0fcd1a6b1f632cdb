import type { Output } from './output';

/** How to reach a dev stack that runs on this machine (`byol up`). */
export interface StackConnection {
  temporal: { address: string; uiUrl: string; namespace: string };
  s3: { endpoint: string; bucket: string; region: string };
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** The dev stack that runs on this machine, if one does. */
export async function runningStack(): Promise<StackConnection | null> {
  return null;
}

/** A dev stack that is running; `release` stops it if this process started it. */
export interface HeldStack {
  ours: boolean;
  release(): Promise<void>;
}

/** Finds the running dev stack or starts one. */
export async function ensureStack(_output: Output): Promise<HeldStack> {
  throw new Error('not yet');
}
