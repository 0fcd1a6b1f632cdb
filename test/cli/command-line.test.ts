import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../../cli/failure';
import { callable } from '../../cli/output';
import { program } from '../../cli/program';
import { root } from '../infra/bootstrap-module';
import { byol, emptyHome } from './byol';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const byName = program().commands.map((command) => [command.name(), command] as const);

/** What --help prints, with what stands before and after. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe('every command', () => {
  test.each(byName)('%s has help with an example of it, and says what each option and argument is', (name, command) => {
    expect(helpOf(command)).toMatch(new RegExp(`^Examples?:\\n  byol ${name}\\b`, 'm'));
    expect(command.description()).not.toBe('');
    for (const { flags, description } of command.options) expect([flags, description]).not.toEqual([flags, '']);
    for (const argument of command.registeredArguments)
      expect([argument.name(), argument.description]).not.toEqual([argument.name(), '']);
  });

  test.each(byName)('%s answers in JSON, where it has an answer', (name, command) => {
    const answersNothing = name === 'up' || name === 'completion';
    expect(command.options.some(({ long }) => long === '--json')).toBe(!answersNothing);
  });

  test.each(byName)('%s is in the table of the README, and a message can name it', (name) => {
    expect(readme).toMatch(new RegExp(`^\\|.*\`(?:byol )?${name}\\b.* \\|$`, 'm'));
    process.env['npm_execpath'] ??= 'npm';
    expect(callable(`"byol ${name} x" does it`)).toBe(`"npx byol ${name} x" does it`);
  });
});

test('exit codes are told in the README and in --help, and are these', async () => {
  const codes = [...new Set(Object.values(exitCodes))].sort((a, b) => a - b);
  expect(codes).toEqual([0, 1, 2, 3, 130]);
  const toldIn = (text: string) =>
    [.../Exit codes: [^.]*?130/s.exec(text)![0].matchAll(/\b(\d+) [A-Za-z]/g), /(130)/.exec(text)!].map(([, code]) =>
      Number(code),
    );
  expect(toldIn(readme)).toEqual(codes);
  expect(toldIn(helpOf(program()))).toEqual(codes);
});

const environment = emptyHome();

test.each<[string[], number]>([
  [['--help'], 0],
  [['help', 'status'], 0],
  [['spec'], 0],
  [[], 2],
  [['help', 'nothing'], 2],
  [['completion', 'powershell'], 2],
  [['list'], 3],
])('byol %j ends with %i', async (args, expected) => {
  expect((await byol(args, environment)).code).toBe(expected);
});

test.each<[string[], RegExp]>([
  [['list', '--limit', '0', '--json'], /at least 1/],
  [['status', '--json'], /^missing required argument 'name'$/],
  [['strat', '--json'], /^unknown command 'strat'/],
])('what is wrong with the command line %j is JSON too', async (args, sentence) => {
  const { stdout, code } = await byol(args, environment);
  const { error, exitCode } = JSON.parse(stdout) as { error: string; exitCode: number };
  expect(error).toMatch(sentence);
  expect([code, exitCode]).toEqual([2, 2]);
});

test('NO_COLOR turns colours off, also where they are forced', async () => {
  const escapes = async (more: Record<string, string>) => {
    const { stdout, stderr } = await byol(['spec'], { ...environment, ...more });
    const failed = await byol(['status', '-'], { ...environment, ...more });
    return [stdout + stderr, failed.stderr].map((text) => text.includes('\u001b['));
  };
  expect(await escapes({ NO_COLOR: '', FORCE_COLOR: '1' })).toEqual([true, true]);
  expect(await escapes({ NO_COLOR: '1', FORCE_COLOR: '1' })).toEqual([false, false]);
});
