import { mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Engine, type EngineOptions } from '../engine/client';
import { float32Feed, int32Feed, stringFeed } from '../engine/protocol';
import { setupPaths } from '../infra/setup-paths';
import { pretrainingProgram } from '../training/byol/program';
import { classifierProgram } from '../training/classifier/program';
import type { Program } from '../training/program';
import { nextCall } from '../activities/epochs/steps';
import { classes, formatOf, specOf, type Case } from './cases';
import type { Device } from './gpu';
import { engineThreads, engineVariables } from './machine';
import { orClosed } from './stages/stage';
import { timed } from './timed';

/** Images of noise that a program keeps while it is measured. */
export const residentImages = 1024;

/** The program of a case: BYOL's, or the supervised classifier's. */
export function programOf(
  each: Case,
  what: 'byol' | 'supervised',
  augmented: boolean,
  device: Device = 'cpu',
): Program {
  const spec = specOf(each, augmented);
  if (what === 'byol') return pretrainingProgram(spec, formatOf(each), 16, device);
  return classifierProgram(spec, formatOf(each), classes, each.batch, 'network', device);
}

/** A program in an engine of its own, with images in memory and weights drawn. */
export class EngineProgram {
  private constructor(
    readonly engine: Engine,
    readonly folder: string,
    readonly program: Program,
    private readonly batch: number,
    private readonly what: 'byol' | 'supervised',
    private stepsOfCall = 1,
  ) {}

  /** @param scratch folder for the program and its images, removed by the caller */
  static async open(
    each: Case,
    { scratch, what = 'byol', augmented = false, device = 'cpu', ...more }: OpenOptions,
  ): Promise<EngineProgram> {
    const program = programOf(each, what, augmented, device);
    const folder = writeProgram(scratch, program.hash, program.savedModel);
    const { height, width, channels } = formatOf(each);
    const shard = join(scratch, `noise-${each.size}-${channels}`);
    writeFileSync(shard, randomBytes(residentImages * height * width * channels));
    const engine = await startEngine({ threads: engineThreads(program), device, ...more });
    const opened = new EngineProgram(engine, folder, program, each.batch, what);
    return orClosed(
      () => engine.stop(),
      async () => {
        await opened.load(shard, residentImages);
        await engine.run(folder, 'init', { key: int32Feed([1]) });
        return opened;
      },
    );
  }

  /** Brings a file of raw images into the program's memory. */
  async load(path: string, count: number): Promise<void> {
    await this.engine.run(this.folder, 'allocate', { count: int32Feed([count]) });
    const feeds = { path: stringFeed(path), from: int32Feed([0]), to: int32Feed([count]) };
    await this.engine.run(this.folder, 'load', feeds);
  }

  /** Steps in calls of about a second, as in training. @returns seconds */
  async train(steps: number): Promise<number> {
    let total = 0;
    for (let done = 0; done < steps;) {
      const count = Math.min(this.stepsOfCall, steps - done);
      const took = await timed(() => this.call(count));
      [total, done, this.stepsOfCall] = [total + took, done + count, nextCall(took / count, this.stepsOfCall)];
    }
    return total;
  }

  private async call(count: number): Promise<void> {
    const places = Array.from({ length: count * this.batch }, (_, at) => (at * 37) % residentImages);
    const rates = (value: number) => float32Feed(new Array<number>(count).fill(value), [count]);
    const shape = [count, this.batch];
    await this.engine.run(this.folder, 'train', {
      indices: int32Feed(places, shape),
      key: int32Feed([1, 2], [2]),
      step: int32Feed([0]),
      learning_rate: rates(3e-4),
      ...(this.what === 'byol'
        ? { tau: rates(0.99) }
        : {
            labels: int32Feed(
              places.map((place) => place % classes),
              shape,
            ),
          }),
    });
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }
}

interface OpenOptions extends Partial<Pick<EngineOptions, 'threads' | 'device' | 'variables' | 'onPrinted'>> {
  scratch: string;
  what?: 'byol' | 'supervised';
  augmented?: boolean;
}

export function startEngine(options: Pick<EngineOptions, 'threads'> & Partial<EngineOptions>): Promise<Engine> {
  const { tensorflowBinding: binding, libraryPath } = setupPaths();
  const variables = { ...engineVariables(), ...options.variables };
  const visible = options.device === 'gpu' ? process.env['CUDA_VISIBLE_DEVICES'] : undefined;
  return Engine.start({ binding, libraryPath, device: 'cpu', ...(visible && { visible }), ...options, variables });
}

/** @returns the program's folder, named by its content */
export function writeProgram(scratch: string, hash: string, savedModel: Uint8Array): string {
  const folder = join(scratch, 'programs', hash);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'saved_model.pb'), savedModel);
  return folder;
}
