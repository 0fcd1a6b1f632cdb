import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bashCompletion } from '../../cli/completion/bash';
import { fishCompletion } from '../../cli/completion/fish';
import { completionShape } from '../../cli/completion/shape';
import { zshCompletion } from '../../cli/completion/zsh';
import { program } from '../../cli/program';

const shape = completionShape(program());
const scripts = { bash: bashCompletion(shape), zsh: zshCompletion(shape), fish: fishCompletion(shape) };
type Shell = keyof typeof scripts;
const shells = Object.keys(scripts) as Shell[];
const isThere = (shell: Shell) => spawnSync(shell, ['-c', 'true']).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'byol-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (shell: Shell) => {
  const path = join(folder, `byol.${shell}`);
  writeFileSync(path, scripts[shell]);
  return path;
};

test.each(shells)('the script for %s has every command, every option, the presets and the datasets', (shell) => {
  const script = scripts[shell];
  expect(shape.commands.length).toBeGreaterThan(15);
  for (const { name, options } of shape.commands) {
    expect(script).toMatch(new RegExp(`\\b${name}\\b`));
    for (const long of options.map(({ flags }) => flags.at(-1)!))
      expect(script).toMatch(shell === 'fish' ? new RegExp(`__byol_in ${name}'.* -l ${long.slice(2)} `) : long);
  }
  for (const word of ['mnist-quickstart', 'stl10-smoke', 'fashion-mnist', 'pretraining.epochs=', 'stretch'])
    expect(script).toContain(word);
});

test.each(shells.filter(isThere))('%s reads its script without complaint', (shell) => {
  const { status, stderr } = spawnSync(shell, ['-n', fileOf(shell)], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

const bash = isThere('bash') ? describe : describe.skip;
bash('bash completes', () => {
  /** What `byol list --json` prints; `asked` appears when it was asked. */
  const asked = join(folder, 'asked');
  const list = join(folder, 'list.json');
  writeFileSync(list, JSON.stringify([{ name: 'flowers', status: 'running' }, { name: 'mnist-2' }], null, 2));
  writeFileSync(join(folder, 'mine.yaml'), '');
  const path = fileOf('bash');

  /** COMPREPLY for a line whose last word the cursor stands behind; words as bash splits them. */
  function complete(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const lines = [
      `byol() { touch '${asked}'; [ "$*" = 'list --json' ] && cat '${list}'; }`,
      `source '${path}'`,
      `COMP_WORDS=(byol ${quoted}) COMP_CWORD=${words.length}`,
      `_byol && printf '%s\\n' "\${COMPREPLY[@]}"`,
    ];
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', lines.join('\n')], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  test.each<[string[], string[]]>([
    [['st'], ['start', 'status']],
    [['help', 'sp'], ['spec']],
    [
      ['start', 'stl10-'],
      ['stl10-blog', 'stl10-smoke'],
    ],
    [['start', 'd'], ['data=']],
    [['start', 'mi'], ['mine.yaml']],
    [
      ['start', 'data', '=', 'cifar'],
      ['cifar10', 'cifar100'],
    ],
    [
      ['start', 'data', '=', 's'],
      ['stl10', 'stl10-folds'],
    ],
    [['start', 'data', '=', 'mi'], ['mine.yaml']],
    [['start', 'data', '=', 'photos', 'ti'], ['time=']],
    [
      ['start', 'mnist-quickstart', 'name', '=', 'x', 'pretraining.t'],
      ['pretraining.tau.base=', 'pretraining.tau.schedule='],
    ],
    [['start', '--p'], ['--plan']],
    [['spec', 'd'], []],
    [
      ['data', 'photos', '--fit', ''],
      ['crop', 'stretch', 'pad'],
    ],
    [['data', 'photos', '--fit', '=', 's'], ['stretch']],
    [['predict', '-o', 'm'], ['mine.yaml']],
    [['predict', 'flowers', 'm'], ['mine.yaml']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['status', '--'],
      ['--json', '--help'],
    ],
    [['list', ''], []],
  ])('%j', (words, expected) => {
    rmSync(asked, { force: true });
    expect(complete(...words).filter((word) => !/^byol\.|^list\.json$/.test(word))).toEqual(expected);
    expect(existsSync(asked)).toBe(false);
  });

  test.each([
    [['status', '']],
    [['predict', '--output', 'there.csv', '']],
    [['predict', '--output', '=', 'there.csv', '']],
    [['compare', 'flowers', '']],
  ])('%j with the experiments, asked for only now', (words) => {
    rmSync(asked, { force: true });
    expect(complete(...words)).toEqual(['flowers', 'mnist-2']);
    expect(existsSync(asked)).toBe(true);
  });
});
