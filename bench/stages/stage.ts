import type { Case } from '../cases';
import type { Device } from '../gpu';
import type { PeerPython } from '../peer/process';

/** What is made of something that is open; where that fails, it does not stay open. */
export async function orClosed<T>(close: () => Promise<unknown>, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await close().catch(() => undefined); // what failed first is what is told
    throw error;
  }
}

/** Our side, and then PyTorch's. */
export async function bothSides(ours: Promise<Side>, peer: () => Promise<Side>): Promise<{ ours: Side; peer: Side }> {
  const made = await ours;
  return orClosed(
    () => made.close(),
    async () => ({ ours: made, peer: await peer() }),
  );
}

/** One side of a measurement, ready to be measured again and again. */
export interface Side {
  /** One measurement, in the stage's unit. */
  measure(): Promise<number>;
  /** What was measured, where that was chosen among several. */
  about?: string;
  /** What each of those that were tried had. */
  tried?: Record<string, number | string>;
  close(): Promise<void>;
}

export interface BenchContext {
  /** Folder for files on their way. */
  scratch: string;
  /** What both sides compute on. */
  device: Device;
  python: PeerPython;
  /** Seconds that a measurement should take. */
  seconds: number;
}

/** Something that both sides do, or ours alone. */
export interface Stage {
  name: string;
  /** What a reader is told that it is. */
  title: string;
  unit: 'images/s' | 'MB/s' | 's' | 'MiB';
  /** Whether a larger figure is the better one. */
  better: 'more' | 'less';
  /** What ours is measured against, where it is not PyTorch. */
  against?: string;
  /** Cases that tell it; others would say the same again. */
  of(each: Case): boolean;
  /** `peer` is null where PyTorch has nothing of the kind. */
  open(context: BenchContext, each: Case): Promise<{ ours: Side; peer: Side | null }>;
}
