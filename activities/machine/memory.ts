import { totalmem } from 'node:os';
import { mostAccumulated } from '../../experiment/spec';
import type { Program } from '../../training/program';

/** What is to be trained needs more memory than the worker has. */
export class MemoryError extends Error {
  readonly retryable = false;
  override readonly name = 'MemoryError';
}

/** TensorFlow, and a program loaded in it; measured: 480 to 570 MB. */
export const engineBytes = 500 * 2 ** 20;
/**
 * What a process takes over what its values do, by precision: kernels have room for themselves, several nodes run at a time,
 * and the heap keeps some; that part is no smaller where maps have 16 bits. Processes took .75 to 1.3 times the estimate with this
 * room, on small and large networks of both kinds (test/activities/machine/memory.test.ts).
 */
const room = { fp32: 1.45, bf16: 2.1, fp16: 2.1 } as const;

/** About how many bytes a program takes, by what for. */
export interface MemoryNeed {
  engine: number;
  images: number;
  state: number;
  /** The largest call: activations and gradients. */
  call: number;
  total: number;
}

/** @param imageBytes of the split that it keeps */
export function memoryNeed({ state, callBytes, precision }: Program, imageBytes: number): MemoryNeed {
  const call = room[precision] * Math.max(...Object.values(callBytes));
  const need = { engine: engineBytes, images: imageBytes, state: state.bytes, call };
  return { ...need, total: need.engine + need.images + need.state + need.call };
}

/**
 * Of so many bytes, those that a step may be fitted into: TensorFlow's own and half of the rest. The other half is for the
 * estimate's error, images whose number is not known yet, and others.
 */
export const fillable = (memory: number): number =>
  Math.min(memory, engineBytes + 0.5 * Math.max(0, memory - engineBytes));

/** The memory of this machine, or of the container that this process may fill. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** What is trained, in the words of the spec. */
export interface Trained {
  what: 'Pretraining' | 'A classifier';
  setting: 'pretraining.batch' | 'classifier.batch';
  batch: number;
  accumulate?: number;
  /** The program that trains it in such a batch. */
  program: (batch: number, accumulate: number) => Program;
}

/**
 * Nothing where the program fits; an estimate above all memory that there is cannot.
 *
 * @param memory bytes; undefined: not known, and not judged
 * @throws {MemoryError} with the estimate, and a batch that fits
 */
export function requireMemory(memory: number | undefined, imageBytes: number, trained: Trained): void {
  if (memory === undefined) return;
  const { what, setting, batch, accumulate = 1 } = trained;
  const need = memoryNeed(trained.program(batch, accumulate), imageBytes);
  if (need.total <= memory) return;
  throw new MemoryError(
    `${what} with ${setting} ${batch} needs about ${shownBytes(need.total)} of memory (a step ${shownBytes(need.call)}, images ` +
      `${shownBytes(need.images)}, weights and optimizer ${shownBytes(need.state)}, TensorFlow ${shownBytes(need.engine)}), and this worker has ` +
      `${shownBytes(memory)} for it. ${remedy(memory, imageBytes, trained)} Start the changed spec under a new name. A worker ` +
      `on a CPU trains two at once, each with half of the memory: with BYOL_DEVICES=1 it trains one, with all of it. A worker ` +
      `that may take more or less memory than its machine has is told so by BYOL_MEMORY_GB.`,
  );
}

function remedy(memory: number, imageBytes: number, { setting, batch, accumulate, program }: Trained): string {
  for (let parts = 2; batch / parts >= 2 && (accumulate ?? 1) * parts <= mostAccumulated; parts *= 2) {
    const smaller = Math.floor(batch / parts);
    const need = memoryNeed(program(smaller, (accumulate ?? 1) * parts), imageBytes).total;
    if (need > memory) continue;
    if (accumulate === undefined) return `With ${setting} ${smaller} it would be about ${shownBytes(need)}.`;
    return (
      `With ${setting} ${smaller} and pretraining.accumulate ${accumulate * parts} a step has ${smaller * parts === batch ? 'as many' : 'nearly as many'} images and needs about ` +
      `${shownBytes(need)}; batch norm then sees ${smaller} at a time.`
    );
  }
  return 'No batch is small enough: use a smaller network (model.width), smaller images, fewer of them, or a larger machine.';
}

/** 3.2 GB */
export const shownBytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
