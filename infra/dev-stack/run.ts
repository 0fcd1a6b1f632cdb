import type { DevStackOptions } from './options';
import { startDevStack, type DevStack } from './start';

/**
 * `byol up`: starts the stack, says how to reach it, and stops it at Ctrl-C or SIGTERM.
 * @returns when it has stopped
 * @throws DevStackError when it cannot start
 */
export async function runDevStack(options: DevStackOptions): Promise<void> {
  const { print } = options;
  const end = endSignal();
  print(`Starting Temporal, the S3 server and the workers; their data are in ${options.dataDir}.`);
  const abort = new AbortController();
  const started = startDevStack({ ...options, signal: abort.signal });
  const first = await Promise.race([started, end.asked]);
  if (first === undefined) {
    print('Stopping.');
    abort.abort();
    await started.then(
      (stack) => stack.stop(),
      () => undefined,
    );
    return end.release();
  }
  announce(first, print);
  await end.asked;
  print('Stopping the workers, then the servers. Nothing is lost: runs go on at the next start.');
  await first.stop();
  end.release();
  print('Stopped.');
}

function announce({ info }: DevStack, print: (line: string) => void): void {
  print(`Up. Temporal's UI: ${info.temporal.uiUrl}   Temporal: ${info.temporal.address}   S3: ${info.s3.endpoint}`);
  print('Run something from another terminal: npx byol start mnist-quickstart. Ctrl-C stops all of this.');
}

/**
 * Waits for the first SIGINT, SIGTERM or SIGHUP. Further ones do nothing: npm sends a second SIGINT for one Ctrl-C, and a
 * stop takes seconds at most before it is by force anyway.
 */
function endSignal(): { asked: Promise<undefined>; release: () => void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let ask: (value: undefined) => void = () => undefined;
  const asked = new Promise<undefined>((resolve) => (ask = resolve));
  const listener = () => ask(undefined);
  for (const signal of signals) process.on(signal, listener);
  return {
    asked,
    release: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
