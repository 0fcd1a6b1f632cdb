import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../cases';
import { EngineProgram, programOf } from '../engine-program';
import { describeMachine, engineThreads, hasBf16 } from '../machine';
import { accountOf } from './account';
import { matmulRate } from './matmul-rate';
import { parsePrimitive, type Primitive } from './onednn-lines';
import { profilePage } from './profile-table';

/** oneDNN prints nothing; its log may be compiled out of a TensorFlow. */
export class NoProfileError extends Error {
  override readonly name = 'NoProfileError';
}

/**
 * Where the time of a BYOL step with augmentation goes, by oneDNN's own log; TensorFlow's profiler cannot be reached
 * through the binding.
 *
 * @param training what `trainingVersion` says
 * @returns the profile as Markdown
 * @throws NoProfileError
 */
export async function profileStep(each: Case, scratch: string, seconds: number, training: string): Promise<string> {
  const threads = engineThreads(programOf(each, 'byol', true));
  const alone = await timed(each, scratch, seconds);
  const steps = Math.max(1, Math.min(200, Math.round(seconds / alone)));
  const { primitives, secondsPerStep } = await logged(each, scratch, steps);
  if (primitives.length === 0)
    throw new NoProfileError(
      'oneDNN printed nothing under ONEDNN_VERBOSE: this TensorFlow was built without its log, or does not compute with oneDNN here.',
    );
  const machine = describeMachine();
  const rates = { f32: await matmulRate('float32', scratch) };
  const bf16 = hasBf16(machine) ? { bf16: await matmulRate('bfloat16', scratch) } : {};
  const described = `${machine.cpu}, ${machine.cores} cores (${machine.flags.join(', ')})`;
  const when = { measured: new Date().toISOString().slice(0, 10), training };
  const of = { name: each.name, batch: each.batch, machine: described, threads, ...when };
  return profilePage(
    { ...of, secondsPerStep, secondsPerStepAlone: alone, rates: { ...rates, ...bf16 } },
    accountOf(primitives, { steps, secondsPerStep, inter: threads.inter }),
  );
}

/** @returns seconds of a step without the log */
async function timed(each: Case, scratch: string, seconds: number): Promise<number> {
  const opened = await EngineProgram.open(each, { scratch, augmented: true });
  try {
    await opened.train(2);
    const steps = Math.max(2, Math.round((2 * seconds) / (await opened.train(2))));
    return (await opened.train(steps)) / steps;
  } finally {
    await opened.stop();
  }
}

async function logged(each: Case, scratch: string, steps: number) {
  const log = new Log();
  const opened = await EngineProgram.open(each, {
    ...{ scratch, augmented: true },
    variables: { ONEDNN_VERBOSE: 'profile_exec' },
    onPrinted: (chunk) => log.add(chunk),
  });
  try {
    await opened.train(2);
    await log.settled();
    log.clear();
    const secondsPerStep = (await opened.train(steps)) / steps;
    await log.settled();
    return { primitives: log.primitives, secondsPerStep };
  } finally {
    await opened.stop();
  }
}

/** What has been printed so far; lines may come in pieces, and after the answer of the call. */
class Log {
  primitives: Primitive[] = [];
  private rest = '';
  private last = Date.now();

  add(chunk: Buffer): void {
    this.last = Date.now();
    const lines = (this.rest + chunk.toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    this.primitives.push(...lines.map(parsePrimitive).filter((each) => each !== null));
  }

  clear(): void {
    this.primitives = [];
  }

  /** Until nothing has come for half a second. */
  async settled(): Promise<void> {
    this.last = Date.now();
    while (Date.now() - this.last < 500) await sleep(50);
  }
}
