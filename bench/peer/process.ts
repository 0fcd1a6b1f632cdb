import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

/** The folder of the Python files, which are not compiled. */
export const pytorchFolder = join(__dirname, '..', '..', '..', 'bench', 'pytorch');

/** Where a Python with PyTorch is, and variables for it. */
export interface PeerPython {
  path: string;
  environment: NodeJS.ProcessEnv;
}

const answer = z.object({
  value: z.number().optional(),
  about: z.string().optional(),
  configurations: z.array(z.record(z.string(), z.unknown())).optional(),
  tried: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  versions: z.record(z.string(), z.string()).optional(),
});
export type PeerAnswer = z.output<typeof answer>;

/** PyTorch's side ended or answered with what is no answer. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** A process of bench/pytorch/peer.py: an answer for every request, in turn. */
export class PeerProcess {
  private readonly lines: AsyncIterator<string>;
  private lastWords = '';

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('PyTorch, ')) process.stderr.write(`    ${line}\n`);
      else this.lastWords = `${this.lastWords}\n${line}`.slice(-2000);
    });
    child.on('error', (error) => (this.lastWords = error.message));
    child.stdin.on('error', () => undefined); // the child is gone: the missing answer tells it
  }

  static open(python: PeerPython): PeerProcess {
    const script = join(pytorchFolder, 'peer.py');
    return new PeerProcess(spawn(python.path, [script], { env: python.environment, stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  /** @throws PeerError with the process's last words */
  async ask(request: object): Promise<PeerAnswer> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.lines.next();
    if (line.done) throw new PeerError(`PyTorch's side of the bench ended. Its last words: ${this.lastWords.trim()}`);
    return answer.parse(JSON.parse(line.value));
  }

  /** @throws PeerError where the answer has no value */
  async value(request: object): Promise<number> {
    const { value } = await this.ask(request);
    if (value === undefined)
      throw new PeerError(`PyTorch's side of the bench gave no value for ${JSON.stringify(request)}`);
    return value;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
