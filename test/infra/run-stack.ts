import { startDevStack } from '../../infra/dev-stack/start';
import { stackUnderTest } from './stack-under-test';

/** Runs a stack in a process of its own, which a test then kills; says the pids on stdout once it is up. */
async function main(dataDir: string): Promise<void> {
  const stack = await startDevStack(await stackUnderTest(dataDir));
  process.stdout.write(`${JSON.stringify(stack.pids())}\n`);
  setInterval(() => undefined, 1000);
}

if (require.main === module) void main(process.argv[2] ?? '');
