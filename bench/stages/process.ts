import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from '../cases';
import { EngineProgram } from '../engine-program';
import { peakMemory } from '../machine';
import { PeerProcess } from '../peer/process';
import { peerCase } from '../peer/side';
import { timed } from '../timed';
import { type BenchContext, type Side, type Stage } from './stage';

/** A new process for every measurement, on either side. */
const anew = (measure: () => Promise<number>, about?: string): Side => ({
  measure,
  ...(about ? { about } : {}),
  close: async () => undefined,
});

async function inFolder<T>(scratch: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(scratch, 'anew-'));
  return work(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}

/** Steps after which memory has reached its height. */
const stepsForMemory = 4;

async function engineWith<T>(
  { scratch }: BenchContext,
  each: Case,
  { augmented, steps }: { augmented: boolean; steps: number },
  look: (opened: EngineProgram) => T,
): Promise<T> {
  return inFolder(scratch, async (folder) => {
    const opened = await EngineProgram.open(each, { scratch: folder, augmented });
    try {
      await opened.train(steps);
      return look(opened);
    } finally {
      await opened.stop();
    }
  });
}

async function peerWith<T>(
  context: BenchContext,
  each: Case,
  request: { prepare: string; augmented: boolean; steps: number },
  look: (value: number) => T,
): Promise<T> {
  const peer = PeerProcess.open(context.python);
  try {
    return look(await peer.value({ ...peerCase(each, context), ...request }));
  } finally {
    await peer.close();
  }
}

const nothing = () => undefined;

/** From no process at all: on our side the program is written as well, on PyTorch's it is imported. */
const start: Stage = {
  name: 'start',
  title: 'start to first step',
  unit: 's',
  better: 'less',
  of: ({ batch }) => batch !== 128,
  open: async (context, each) => {
    const once = { augmented: true, steps: 1 };
    return {
      ours: anew(() => timed(() => engineWith(context, each, once, nothing))),
      peer: anew(
        () => timed(() => peerWith(context, each, { prepare: 'first-step', ...once }, nothing)),
        'eager, views by hand',
      ),
    };
  },
};

const memory: Stage = {
  name: 'memory',
  title: 'peak memory of the training process',
  unit: 'MiB',
  better: 'less',
  of: () => true,
  open: async (context, each) => {
    const some = { augmented: true, steps: stepsForMemory };
    return {
      ours: anew(() => engineWith(context, each, some, ({ engine }) => peakMemory(engine.pid ?? process.pid))),
      peer: anew(
        () => peerWith(context, each, { prepare: 'memory', ...some }, (value) => value),
        'eager, views by hand',
      ),
    };
  },
};

export const processStages: readonly Stage[] = [start, memory];
