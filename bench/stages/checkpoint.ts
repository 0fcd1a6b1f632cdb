import { statSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { int32Feed, stringFeed } from '../../engine/protocol';
import { commitCheckpoint } from '../../storage/checkpoint';
import { restoreLatestCheckpoint } from '../../storage/checkpoint-restore';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { startObjectStore } from '../../test/servers/object-store';
import type { Case } from '../cases';
import { EngineProgram } from '../engine-program';
import { peerSide } from '../peer/side';
import { timed } from '../timed';
import { bothSides, orClosed, type BenchContext, type Side, type Stage } from './stage';

/** The whole state to a file: weights, statistics, target, optimizer. */
async function saveState({ engine, folder, program }: EngineProgram, path: string) {
  const { header } = program.state;
  const feeds = { unused: int32Feed([0]) };
  return engine.save({ program: folder, signature: 'state', feeds, output: 'state', path, header });
}

/** @returns MB/s of a file that `work` reads or writes */
async function rate(path: string, work: () => Promise<unknown>): Promise<number> {
  const took = await timed(work);
  return statSync(path).size / 1e6 / took;
}

/** Small states are not told apart from the calls around them. */
const of = ({ network, batch, precision }: Case) => network === 'resnet18' && batch === 64 && precision === 'fp32';

const peer = (context: BenchContext, each: Case, run: 'write' | 'read'): Promise<Side> =>
  peerSide(context, each, { prepare: 'checkpoint', path: join(context.scratch, 'peer.pt') }, { run, once: 'write' });

/** Our side of a file with the whole state. */
async function fileSide(
  { scratch }: BenchContext,
  each: Case,
  work: (opened: EngineProgram, path: string) => Promise<unknown>,
): Promise<Side> {
  const opened = await EngineProgram.open(each, { scratch });
  const close = () => opened.stop();
  return orClosed(close, async () => {
    const path = join(scratch, 'state');
    await saveState(opened, path);
    return { measure: () => rate(path, () => work(opened, path)), close };
  });
}

/** With the SHA-256 that every state has, on the disk at the end; PyTorch's has no digest. */
const write: Stage = {
  name: 'checkpoint-write',
  title: 'checkpoint to a local file (ours with its SHA-256)',
  unit: 'MB/s',
  better: 'more',
  of,
  open: (context, each) => bothSides(fileSide(context, each, saveState), () => peer(context, each, 'write')),
};

const restoreState = ({ engine, folder }: EngineProgram, path: string) =>
  engine.run(folder, 'restore', { path: stringFeed(path) });

const read: Stage = {
  ...write,
  name: 'checkpoint-read',
  title: 'checkpoint from a local file into the network',
  open: (context, each) => bothSides(fileSide(context, each, restoreState), () => peer(context, each, 'read')),
};

/** A store of its own with a state beside it, for as long as a stage takes. */
async function stored(
  context: BenchContext,
  each: Case,
  measure: (store: ObjectStore, state: string, commit: (state: string) => Promise<unknown>) => Promise<number>,
): Promise<{ ours: Side; peer: null }> {
  const opened = await EngineProgram.open(each, { scratch: context.scratch });
  const server = await orClosed(() => opened.stop(), startObjectStore);
  const store = openObjectStore(server.settings);
  const state = join(context.scratch, 'state');
  let epoch = 0;
  const commit = (stateFile: string) => {
    const position = { epoch: ++epoch, step: epoch };
    const of = { experiment: 'bench', run: 'seed-1/pretraining', program: opened.program.hash };
    return commitCheckpoint(store, { ...of, position, stateFile, metadata: {}, parentKey: null });
  };
  const close = async () => {
    store.close();
    await server.stop();
    await opened.stop();
  };
  const next = async () => {
    // Another state each time: what is stored already is not stored again.
    await opened.train(1);
    await saveState(opened, state);
    return measure(store, state, commit);
  };
  return { ours: { measure: next, close }, peer: null };
}

const commit: Stage = {
  ...write,
  name: 'checkpoint-commit',
  title: 'checkpoint from a local file to S3, committed (SeaweedFS on the same machine)',
  open: (context, each) => stored(context, each, (_, state, commit) => rate(state, () => commit(state))),
};

const fetch: Stage = {
  ...write,
  name: 'checkpoint-fetch',
  title: 'checkpoint from S3 to a local file, digest checked (SeaweedFS on the same machine)',
  open: (context, each) =>
    stored(context, each, async (store, state, commit) => {
      await commit(state);
      const path = `${state}.fetched`;
      const of = { experiment: 'bench', run: 'seed-1/pretraining' };
      const measured = await rate(state, () => restoreLatestCheckpoint(store, of, path));
      rmSync(path);
      return measured;
    }),
};

export const checkpointStages: readonly Stage[] = [write, read, commit, fetch];
