import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StorageSettings } from '../../storage/settings';

export interface WorkerProcess {
  child: ChildProcess;
  /** All that it wrote. */
  output(): string;
  /** Waits until it wrote this. */
  says(text: string): Promise<void>;
  ends(): Promise<number | null>;
}

/** The AWS SDK warns on stderr of the node versions that it will drop one day. */
const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** Starts a worker's program, such as `workers/cpu`, as it is started in production: with an environment and nothing else. */
export function startWorker(program: string, environment: Record<string, string>): WorkerProcess {
  const child = fork(join(__dirname, '..', '..', `${program}.js`), {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...quiet, ...environment },
    execArgv: [],
    silent: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    output: () => text,
    says: async (wanted) => {
      const over = ended.then((code) => `ended with exit code ${code}`);
      for (let tried = 0; !text.includes(wanted); tried++) {
        const pause = new Promise<string>((resolve) => setTimeout(resolve, 100, ''));
        const end = await Promise.race([over, pause]);
        if (end || tried === 300) throw new Error(`the worker ${end} and did not say "${wanted}", but: ${text}`);
      }
    },
    ends: () => ended,
  };
}

/** What a worker is told of storage. */
export function storageEnvironment(settings: StorageSettings): Record<string, string> {
  const { bucket, endpoint, accessKeyId, secretAccessKey } = settings;
  return {
    BYOL_BUCKET: bucket,
    BYOL_S3_ENDPOINT: endpoint ?? '',
    AWS_ACCESS_KEY_ID: accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey ?? '',
  };
}
