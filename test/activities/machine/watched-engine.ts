import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../../engine/client';
import { float32Feed, int32Feed, stringFeed, type Feed } from '../../../engine/protocol';
import { setupPaths } from '../../../infra/setup-paths';
import type { Program } from '../../../training/program';

/** The real engine with a program that has run a call before, and what it takes. */
export class WatchedEngine {
  private constructor(
    private readonly engine: Engine,
    private readonly folder: string,
  ) {}

  static async load(program: Program, size: number, images: number): Promise<WatchedEngine> {
    const { tensorflowBinding: binding, libraryPath } = setupPaths();
    const engine = await Engine.start({ binding, libraryPath, threads: { intra: 1, inter: 2 }, device: 'cpu' });
    const folder = await mkdtemp(join(tmpdir(), 'byol-memory-'));
    await writeFile(join(folder, 'saved_model.pb'), program.savedModel);
    await writeFile(join(folder, 'images'), Buffer.alloc(images * size * size * 3, 77));
    const watched = new WatchedEngine(engine, folder);
    await watched.call('allocate', { count: int32Feed([images]) });
    const [from, to] = [int32Feed([0]), int32Feed([images])];
    await watched.call('load', { path: stringFeed(join(folder, 'images')), from, to });
    await watched.call('init', { key: int32Feed([1]) });
    return watched;
  }

  call(signature: string, feeds: Record<string, Feed>) {
    return this.engine.run(this.folder, signature, feeds);
  }

  train(batch: number, steps: number, more: Record<string, Feed>) {
    return this.call('train', {
      indices: int32Feed(
        Array.from({ length: steps * batch }, (_, at) => at % batch),
        [steps, batch],
      ),
      ...{ key: int32Feed([1, 2], [2]), step: int32Feed([0]) },
      learning_rate: float32Feed(new Array<number>(steps).fill(1e-4), [steps]),
      ...more,
    });
  }

  /** Bytes that the process holds now (VmRSS), or held at most since `mark` (VmHWM). */
  async bytes(what: 'VmRSS' | 'VmHWM'): Promise<number> {
    const status = await readFile(`/proc/${this.engine.pid}/status`, 'utf8');
    return 1024 * Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]);
  }

  async mark(): Promise<number> {
    await writeFile(`/proc/${this.engine.pid}/clear_refs`, '5');
    return this.bytes('VmRSS');
  }

  async stop() {
    await this.engine.stop();
    await rm(this.folder, { recursive: true });
  }
}
