import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { reply, type EngineInfo, type Feed, type Output, type Request } from './protocol';

/** The engine's process ended, or a call failed inside TensorFlow; some attempts are worth it, endless ones are not. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** A state could not be written: the disk of the worker's cache is full. */
export class EngineDiskFullError extends Error {
  readonly retryable = false;
  override readonly name = 'EngineDiskFullError';
}

export interface EngineOptions {
  /** Path of the native addon. */
  binding: string;
  /** `LD_LIBRARY_PATH` for CUDA's libraries; empty on a CPU. */
  libraryPath?: string;
  /** Threads inside one operation, and operations side by side. Results depend on `intra`: record it. */
  threads: { intra: number; inter: number };
  device: 'cpu' | 'gpu';
  /** The GPU that it sees, as CUDA_VISIBLE_DEVICES has it; undefined: all. */
  visible?: string;
  /** A call that takes longer is taken for a hang: the child is killed. Calls are made to take about a second. */
  longestCallSeconds?: number;
  /** Loading TensorFlow takes seconds; after this it is taken for a hang. */
  longestStartSeconds?: number;
  /** More variables of the child's environment, such as oneDNN's ONEDNN_VERBOSE. */
  variables?: Readonly<Record<string, string>>;
  /** What libraries in the child print on stdout; without it that is thrown away. */
  onPrinted?: (chunk: Buffer) => void;
}

const longestCallSeconds = 900;
const longestStartSeconds = 180;

type Call = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;
interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** Talks to one child process that owns TensorFlow. Calls run in the order in which they are made. */
export class Engine {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private stderr = '';
  private ended: EngineError | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly options: EngineOptions,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => options.onPrinted?.(chunk));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-4000)));
    child.on('exit', (code, signal) =>
      this.end(`ended with ${signal ?? `exit code ${String(code)}`}${causeOf(signal)}`),
    );
    child.on('error', (error) => this.end(`could not be run: ${error.message}`));
  }

  /** Starts a child and waits until TensorFlow is loaded. @throws EngineError with the child's last words */
  static async start(options: EngineOptions): Promise<Engine> {
    const child = fork(join(__dirname, 'host.js'), [options.binding], {
      env: environment(options),
      execArgv: [],
      serialization: 'advanced',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const engine = new Engine(child, options);
    const ready = engine.watched(
      'load TensorFlow',
      options.longestStartSeconds ?? longestStartSeconds,
      new Promise((resolve, reject) => {
        engine.waiting.set(0, { resolve, reject });
        child.on('message', (message) => engine.receive(message));
      }),
    );
    const info = (await ready) as EngineInfo;
    engine.info = info;
    if (options.device === 'gpu' && info.device !== 'gpu') {
      await engine.stop();
      throw new EngineError(
        'A GPU was asked for (device gpu), but TensorFlow found none: check the driver with nvidia-smi and that ' +
          `the set-up was made with --gpu, or use device cpu. TensorFlow said: ${engine.stderr.trim()}`,
      );
    }
    return engine;
  }

  /** TensorFlow's version and the device it uses. */
  info: EngineInfo = { tensorflow: '', device: 'cpu' };

  get pid(): number | undefined {
    return this.child.pid;
  }

  get alive(): boolean {
    return this.ended === undefined;
  }

  /** One call of a program's signature. @param program the program's folder */
  async run(program: string, signature: string, feeds: Record<string, Feed>): Promise<Record<string, Output>> {
    return (await this.call({ type: 'run', program, signature, feeds })) as Record<string, Output>;
  }

  /** One call whose output goes to a new file, after a header. */
  async save(call: {
    program: string;
    signature: string;
    feeds: Record<string, Feed>;
    output: string;
    path: string;
    header: Uint8Array;
  }): Promise<{ bytes: number; sha256: string }> {
    return (await this.call({ type: 'save', ...call })) as { bytes: number; sha256: string };
  }

  /** Ends the child; calls under way are rejected. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.end('was stopped');
    this.child.kill('SIGKILL');
    await gone;
  }

  private call(call: Call): Promise<unknown> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.nextId++;
    const seconds = this.options.longestCallSeconds ?? longestCallSeconds;
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ ...call, id });
    });
    return this.watched(`finish the call ${call.signature}`, seconds, answer);
  }

  /** Kills the child when an answer takes too long: its own thread is busy and hears nothing. */
  private watched<T>(what: string, seconds: number, answer: Promise<T>): Promise<T> {
    const watch = setTimeout(() => this.kill(`did not ${what} within ${seconds} s and was killed`), seconds * 1000);
    return answer.finally(() => clearTimeout(watch));
  }

  private kill(why: string): void {
    this.end(why);
    this.child.kill('SIGKILL');
  }

  private receive(message: unknown): void {
    const parsed = reply.safeParse(message);
    if (!parsed.success) {
      this.kill(`answered with what is no reply (${parsed.error.message}) and was killed`);
      return;
    }
    const answer = parsed.data;
    const id = answer.type === 'ready' ? 0 : answer.id;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (answer.type === 'failed') waiting?.reject(this.failure(answer.message, answer.diskFull));
    else if (answer.type === 'outputs') waiting?.resolve(answer.outputs);
    else if (answer.type === 'saved') waiting?.resolve({ bytes: answer.bytes, sha256: answer.sha256 });
    else waiting?.resolve(answer.info);
  }

  private failure(message: string, diskFull: boolean): Error {
    if (!diskFull) return new EngineError(`${message}${this.lastWords()}`);
    return new EngineDiskFullError(
      `A state could not be written (${message}): the disk of the worker's cache is full. Free some space, or give the worker ` +
        `another cache folder, and resume the experiment.`,
    );
  }

  private end(how: string): void {
    this.ended ??= new EngineError(`The engine's process ${how}.${this.lastWords()}`);
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }

  private lastWords(): string {
    const words = withoutNotices(this.stderr);
    return words ? ` Its last words: ${words.slice(-1500)}` : '';
  }
}

const causeOf = (signal: NodeJS.Signals | null): string =>
  signal === 'SIGKILL' ? ' (so the system ends a process when memory runs out)' : '';

/** Without what TensorFlow says whenever it starts: whoever looks for a cause would take it for one. */
export const withoutNotices = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => !/^WARNING: All log messages before absl::InitializeLog|^I\d{4} |^\S+ [\d:.]+: I /.test(line))
    .join('\n')
    .trim();

/**
 * Memory in pages of 2 MiB where Linux gives them to whoever asks (glibc 2.35 and later): a step reads hundreds of megabytes
 * once, and in pages of 4 KiB waits for their addresses.
 */
export const hugePages = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } as const;

/**
 * oneDNN's gradients of convolutions are kept from call to call. TensorFlow makes each anew by default, to save the memory that
 * they held once; here an engine takes as much either way (test/activities/machine/memory.test.ts).
 */
const keptPrimitives = { TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: 'false' } as const;

/** TensorFlow's session options cannot be set from the binding: threads and memory are set here, before it loads. */
function environment({ threads, libraryPath, device, visible, variables }: EngineOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TMPDIR: process.env['TMPDIR'],
    ...hugePages,
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_ENABLE_ONEDNN_OPTS: '1',
    ...keptPrimitives,
    TF_NUM_INTRAOP_THREADS: String(threads.intra),
    TF_NUM_INTEROP_THREADS: String(threads.inter),
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID', // the GPUs' numbers are then those of nvidia-smi
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : visible ? { CUDA_VISIBLE_DEVICES: visible } : {}),
    ...(libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}),
    ...variables,
  };
}
