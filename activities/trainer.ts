import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Engine } from '../engine/client';
import { int32Feed, stringFeed, type EngineInfo, type Feed, type Output } from '../engine/protocol';
import { intraThreads, operationsSideBySide, type Threads } from './threads';
import type { Program } from '../training/program';

export interface TrainerOptions {
  /** Path of the native addon, and the libraries' path for CUDA. */
  engine: { binding: string; libraryPath: string; visible?: string };
  /** Folder for programs, which several trainers may share; may be deleted when nothing runs. */
  cache: string;
  device: 'cpu' | 'gpu';
  /** Intra-op threads where no checkpoint says otherwise. */
  threads: Threads;
}

/** Images that a program keeps in memory: files of raw uint8 NHWC, in order. */
export interface ResidentImages {
  /** Names the content: equal identities hold equal images. */
  identity: string;
  count: number;
  bytes: number;
  /** Brings the files to this machine; not called when the program holds the images already. */
  shards: () => Promise<{ path: string; count: number }[]>;
}

/** Bytes of images and state that programs may keep loaded together, before the engine is started anew. */
const residentLimit = 2 ** 31;

/** The one engine of a device, and the programs that are loaded in it. */
export class Trainer {
  private engine: Engine | undefined;
  private readonly loaded = new Map<string, LoadedProgram>();
  private readonly programs = new Map<string, Program>();

  constructor(private readonly options: TrainerOptions) {}

  /** The program known under a key; written when it is asked for the first time. */
  program<P extends Program>(key: string, write: () => P): P {
    const known = (this.programs.get(key) as P | undefined) ?? write();
    this.programs.set(key, known);
    return known;
  }

  /**
   * A program with its images in memory. What an earlier activity left loaded is used again.
   *
   * @param images null: whatever it holds, since it is to be fed with files
   * @param threads intra-op threads of the engine, where a checkpoint says so
   */
  async load(program: Program, images: ResidentImages | null, threads?: number): Promise<LoadedProgram> {
    const bytes = program.state.bytes + (images?.bytes ?? 0);
    const wanted = threads ?? intraThreads(program, this.options.threads);
    const engine = await this.engineWith(wanted, this.loaded.has(program.hash) ? 0 : bytes);
    const known = this.loaded.get(program.hash);
    const made = known ?? new LoadedProgram(engine, await this.write(program), program);
    this.loaded.set(program.hash, made);
    if (images) await made.hold(images);
    return made;
  }

  async stop(): Promise<void> {
    await this.engine?.stop();
    this.engine = undefined;
    this.loaded.clear();
  }

  private async engineWith(threads: number, bytes: number): Promise<Engine> {
    const resident = [...this.loaded.values()].reduce((sum, program) => sum + program.residentBytes, 0);
    const fits = bytes === 0 || resident === 0 || (this.options.device === 'cpu' && resident + bytes <= residentLimit);
    if (!this.engine?.alive || this.engine.options.threads.intra !== threads || !fits) await this.stop();
    const { engine, device } = this.options;
    this.engine ??= await Engine.start({ ...engine, threads: { intra: threads, inter: operationsSideBySide }, device });
    return this.engine;
  }

  /** TensorFlow takes a program for a loaded one when its folder's name is the same: the content is in the name. */
  private async write({ hash, savedModel }: Program): Promise<string> {
    const folder = join(this.options.cache, 'programs', hash);
    await mkdir(folder, { recursive: true });
    const unfinished = join(folder, `${randomUUID()}.unfinished`);
    await writeFile(unfinished, savedModel);
    await rename(unfinished, join(folder, 'saved_model.pb'));
    return folder;
  }
}

/** A program in the engine: its images, and which checkpoint's state its variables hold. */
export class LoadedProgram {
  private images = '';
  private imageBytes = 0;
  private imageCount = 0;
  /** SHA-256 of the state that the variables hold, or null while they are between two states. */
  holds: string | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly folder: string,
    readonly program: Program,
  ) {}

  get residentBytes(): number {
    return this.program.state.bytes + this.imageBytes;
  }

  get info(): EngineInfo {
    return this.engine.info;
  }

  get threads(): number {
    return this.engine.options.threads.intra;
  }

  /** @throws RangeError for an index beyond the images: a GPU would take zeros for them without a word */
  run(signature: string, feeds: Record<string, Feed>): Promise<Record<string, Output>> {
    const outside = feeds['indices']?.values.find((index) => Number(index) < 0 || Number(index) >= this.imageCount);
    if (outside !== undefined)
      throw new RangeError(`${signature} was fed the index ${outside} of ${this.imageCount} images`);
    return this.engine.run(this.folder, signature, feeds);
  }

  async hold({ identity, count, bytes, shards }: ResidentImages): Promise<void> {
    if (this.images === identity) return;
    this.images = '';
    await this.run('allocate', { count: int32Feed([count]) });
    let from = 0;
    for (const shard of await shards()) {
      const to = from + shard.count;
      await this.run('load', { path: stringFeed(shard.path), from: int32Feed([from]), to: int32Feed([to]) });
      from = to;
    }
    this.images = identity;
    this.imageBytes = bytes;
    this.imageCount = count;
  }

  async restore(path: string, digest: string): Promise<void> {
    this.holds = null;
    await this.run('restore', { path: stringFeed(path) });
    this.holds = digest;
  }

  /** Writes the state to a new file. */
  async save(path: string): Promise<string> {
    const { header } = this.program.state;
    const feeds = { unused: int32Feed([0]) };
    const saved = await this.engine.save({
      program: this.folder,
      signature: 'state',
      feeds,
      output: 'state',
      path,
      header,
    });
    this.holds = saved.sha256;
    return saved.sha256;
  }
}
