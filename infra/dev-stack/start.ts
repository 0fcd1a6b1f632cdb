import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setupPaths } from '../setup-paths';
import { ensureCredentials, type Credentials } from './credentials';
import { openLog, readableLine } from './log';
import { requireWorkers, type DevStackOptions } from './options';
import { choosePorts, type StackPorts } from './ports';
import { bucket, bucketAnswers, region, removeSockets, seaweedfsCommand, seaweedfsLine } from './seaweedfs';
import { claimStack, type Claim, type StackInfo } from './stack-file';
import { supervise, type Program, type Supervised } from './supervise';
import { namespace, prepareNamespace, temporalAnswers, temporalCommand, temporalLine } from './temporal-server';
import { workerEnvironment } from './worker-environment';

export interface DevStack {
  readonly info: StackInfo;
  /** Where the programs' logs and the data are. */
  readonly dataDir: string;
  /** The supervised processes by name, as they are now. */
  pids(): Record<string, number | undefined>;
  /** Whether every worker process that runs now is ready for work. */
  workersAreReady(): boolean;
  /** Whether commands find it: one that is about to stop hides, so that whoever comes then waits and starts another. */
  hide(hidden: boolean): void;
  /** Workers first, so that they can hand back what they do; then the servers. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts Temporal, the S3 server and the workers, and returns when all of them answer.
 * @throws DevStackError when one runs on this folder already, a port is taken, or a program does not start
 */
export async function startDevStack(options: DevStackOptions): Promise<DevStack> {
  requireWorkers(options.workers);
  setupPaths();
  const claim = claimStack(options.dataDir, options.lasting === true);
  const stack = new Running(options, claim);
  options.signal?.addEventListener('abort', () => void stack.stop(), { once: true });
  try {
    await stack.start();
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

type Line = (line: string) => string | undefined;

class Running implements DevStack {
  readonly dataDir: string;
  private readonly servers: Supervised[] = [];
  private readonly workers: Supervised[] = [];
  private ports: StackPorts | undefined;
  private up: StackInfo | undefined;
  private hidden = false;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly options: DevStackOptions,
    private readonly claim: Claim,
  ) {
    this.dataDir = options.dataDir;
  }

  get info(): StackInfo {
    if (!this.up) throw new Error('the dev stack is not up yet');
    return this.up;
  }

  async start(): Promise<void> {
    const credentials = ensureCredentials(this.dataDir);
    const ports = (this.ports = await choosePorts(this.options));
    const address = `127.0.0.1:${ports.temporal}`;
    const endpoint = `http://127.0.0.1:${ports.s3}`;
    await Promise.all([this.startTemporal(ports, address), this.startSeaweedfs(ports, endpoint, credentials)]);
    const connection = {
      temporal: { address, uiUrl: `http://127.0.0.1:${ports.ui}`, namespace },
      s3: { endpoint, bucket, region },
    };
    await this.startWorkers({ ...connection, credentials });
    const startedAt = new Date().toISOString();
    const { lasting = false } = this.options;
    this.up = { ...connection, credentials, pid: process.pid, startedAt, lasting };
    this.record();
  }

  private async startTemporal(ports: StackPorts, address: string): Promise<void> {
    const command = temporalCommand(setupPaths(), path.join(this.dataDir, 'temporal.db'), ports.temporal, ports.ui);
    const program = {
      name: 'temporal',
      ...command,
      environment: bare(),
      cwd: this.dataDir,
      ipc: false,
      graceSeconds: 10,
    };
    const server = this.run(program, this.servers, temporalLine);
    await server.ready(() => temporalAnswers(address), 60);
    await prepareNamespace(address);
  }

  private async startSeaweedfs(ports: StackPorts, endpoint: string, credentials: Credentials): Promise<void> {
    const folder = path.join(this.dataDir, 'objects');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const environment = {
      ...bare(),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const command = seaweedfsCommand(setupPaths(), folder, ports);
    const program = { name: 'storage', ...command, environment, cwd: folder, ipc: false, graceSeconds: 15 };
    const server = this.run(program, this.servers, seaweedfsLine);
    await server.ready(() => bucketAnswers(endpoint, credentials), 60);
  }

  private async startWorkers(connection: Pick<StackInfo, 'temporal' | 's3' | 'credentials'>): Promise<void> {
    const environment = workerEnvironment(this.options.environment, connection);
    const started = this.options.workers.map(async ({ name, script }) => {
      const program = { name, command: process.execPath, args: [script], environment, cwd: this.dataDir };
      const worker = this.run({ ...program, ipc: true, graceSeconds: 30 }, this.workers, readableLine);
      // Not by asking the server who polls: one that got work at once does not poll again until that is done.
      await worker.ready(worker.saidReady, 120);
    });
    await Promise.all(started);
  }

  private run(program: Program, kind: Supervised[], readable: Line): Supervised {
    const log = openLog(path.join(this.dataDir, 'logs'), program.name, this.options.print, readable);
    const supervised = supervise(program, log, () => queueMicrotask(() => this.tryToRecord()));
    kind.push(supervised);
    return supervised;
  }

  private record(): void {
    if (this.stopped) return;
    const pids = Object.values(this.pids()).filter((pid) => pid !== undefined);
    const { temporal, s3 } = (!this.hidden && this.up) || {};
    this.claim.update(pids, temporal && s3 && { temporal, s3 });
  }

  hide(hidden: boolean): void {
    this.hidden = hidden;
    this.tryToRecord();
  }

  /** On a full disk the file stays as it was. */
  private tryToRecord(): void {
    try {
      this.record();
    } catch {
      return;
    }
  }

  workersAreReady(): boolean {
    return this.workers.every((worker) => worker.saidReady());
  }

  pids(): Record<string, number | undefined> {
    return Object.fromEntries([...this.servers, ...this.workers].map((each) => [each.name, each.pid()]));
  }

  stop(): Promise<void> {
    if (!this.stopped) this.hide(true);
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    for (const server of this.servers) server.log.quiet();
    await Promise.all(this.servers.map((server) => server.stop()));
    if (this.ports) removeSockets(this.ports);
    this.claim.release();
  }
}

/** What a server needs of the environment: nothing that could point it elsewhere. */
const bare = (): NodeJS.ProcessEnv =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'].map((name) => [name, process.env[name]]));
