import { Trainer, type LoadedProgram, type ResidentImages } from '../../activities/trainer';
import { setupPaths } from '../../infra/setup-paths';
import type { Program } from '../../training/program';

/** One call of the engine: which signature, fed with what, on which images. */
export interface EngineCall {
  signature: string;
  images: string;
  feeds: Record<string, number[]>;
}

/** The real trainer and engine, which remembers what it was fed. */
export class RecordingTrainer extends Trainer {
  calls: EngineCall[] = [];
  /** Intra-op threads that each load asked for; undefined: those for the program. */
  threads: (number | undefined)[] = [];
  private readonly recorded = new WeakSet<LoadedProgram>();
  private images = '';

  constructor(cache: string) {
    const { tensorflowBinding: binding, libraryPath } = setupPaths();
    super({ engine: { binding, libraryPath }, cache, device: 'cpu', threads: 1 });
  }

  override async load(program: Program, images: ResidentImages | null, threads?: number): Promise<LoadedProgram> {
    this.images = images?.identity ?? '';
    this.threads.push(threads);
    const loaded = await super.load(program, images, threads);
    if (!this.recorded.has(loaded)) this.record(loaded);
    return loaded;
  }

  private record(loaded: LoadedProgram): void {
    this.recorded.add(loaded);
    const run = loaded.run.bind(loaded);
    loaded.run = (signature, feeds) => {
      const fed = Object.entries(feeds).map(([name, { values }]) => [name, Array.from(values, Number)]);
      this.calls.push({
        signature,
        images: this.images,
        feeds: Object.fromEntries(fed) as Record<string, number[]>,
      });
      return run(signature, feeds);
    };
  }

  /** What a signature was fed under a name, call after call. */
  fed(signature: string, name: string): number[] {
    return this.calls.filter((call) => call.signature === signature).flatMap(({ feeds }) => feeds[name] ?? []);
  }
}
