import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { widenThreadPool } from '../../settings/thread-pool';

const sizeFor = (given: string | undefined, cores: number) => {
  const environment = given === undefined ? {} : { UV_THREADPOOL_SIZE: given };
  widenThreadPool(environment, cores);
  return (environment as NodeJS.ProcessEnv)['UV_THREADPOOL_SIZE'];
};

test('a thread for each core, no fewer than usual, and as many as somebody asked for', () => {
  expect([1, 2, 4, 16].map((cores) => sizeFor(undefined, cores))).toEqual(['4', '4', '4', '16']);
  expect(sizeFor('2', 16)).toBe('2');
  expect(['', 'abc', '0', '-1', '1e9'].map((given) => sizeFor(given, 16))).toEqual(['16', '16', '16', '16', '16']);
});

const program = `
  const { readdirSync } = require('node:fs');
  const { pbkdf2 } = require('node:crypto');
  require(${JSON.stringify(join(process.cwd(), 'dist', 'settings', 'thread-pool.js'))}).widenThreadPool(process.env, 13);
  const threads = () => readdirSync('/proc/self/task').length;
  const before = threads();
  for (let at = 0; at < 20; at++) pbkdf2('a', 'b', 100_000, 32, 'sha256', () => undefined);
  process.stdout.write(String(threads() - before));
`;

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('Node makes so many, when it is told before the first work', () => {
  const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
  expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', env })).toBe('13');
});
