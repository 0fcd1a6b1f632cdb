import { dataFolder } from '../infra/dev-stack/options';
import { findRunningStack, type StackInfo } from '../infra/dev-stack/stack-file';
import type { Output } from './output';

/** How to reach a dev stack that runs on this machine (`byol up`). */
export type StackConnection = Pick<StackInfo, 'temporal' | 's3' | 'credentials'>;

/** The dev stack that runs on this machine, if one does. */
export function runningStack(): StackConnection | null {
  return findRunningStack(dataFolder(process.env));
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
