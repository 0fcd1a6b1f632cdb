import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byol, emptyHome } from './byol';

const environment = emptyHome();
const home = environment['HOME']!;
const file = (name: string, text: string | Buffer) => {
  writeFileSync(join(home, name), text);
  return name;
};

const aliasBomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
  .split('')
  .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`)
  .join('\n')}\n`;

/** Each is one paragraph on stderr, nothing on stdout, and exit code 2. */
describe('what the command line refuses', () => {
  test.each<[string, () => string[], string]>([
    ['a misspelt preset', () => ['start', 'mnist-quikstart'], 'Did you mean mnist-quickstart?'],
    ['a file that is not there', () => ['start', 'nowhere.yaml'], '"nowhere.yaml" is neither a preset nor a file'],
    ['a folder', () => (mkdirSync(join(home, 'folder')), ['spec', 'folder']), '"folder" is not a file'],
    [
      'an override without =',
      () => ['spec', 'mnist-quickstart', 'epochs'],
      '"epochs" is not a setting: write key=value',
    ],
    [
      'an unknown override',
      () => ['spec', 'mnist-quickstart', 'epochs=3'],
      'Did you mean pretraining.epochs or classifier.epochs?',
    ],
    [
      'an override out of range',
      () => ['spec', 'mnist-quickstart', 'pretraining.batch=0'],
      'pretraining.batch must be at least 2, not 0.',
    ],
    ['a broken override', () => ['spec', 'mnist-quickstart', 'seeds=[1,2'], 'the value of seeds is not readable YAML'],
    [
      'YAML that is none',
      () => ['spec', file('broken.yaml', 'name: "x\nlabels: [')],
      '"broken.yaml" is not readable YAML',
    ],
    ['a key twice', () => ['spec', file('twice.yaml', 'name: a\nname: b\n')], 'Map keys must be unique at line 2'],
    ['a tag that would make code', () => ['spec', file('tag.yaml', 'name: !!js/function x\n')], 'Unresolved tag'],
    ['two documents', () => ['spec', file('two.yaml', 'name: a\n---\nname: b\n')], 'multiple documents'],
    ['an alias bomb', () => ['spec', file('bomb.yaml', aliasBomb)], 'YAML aliases'],
    ['a list within itself', () => ['spec', file('loop.yaml', 'name: &a [*a]\n')], 'YAML aliases'],
    [
      'bottomless lists',
      () => ['spec', file('deep.yaml', `name: ${'['.repeat(50_000)}`)],
      'nests deeper than 40 levels',
    ],
    [
      'bottomless dashes',
      () => ['spec', file('dashes.yaml', `${'- '.repeat(30_000)}x`)],
      'nests deeper than 40 levels',
    ],
    [
      'a file of the wrong kind',
      () => ['spec', file('huge.yaml', Buffer.alloc(2_000_000, 'a'))],
      'has 2000000 bytes, far more than any spec',
    ],
    [
      'bytes that are no text',
      () => ['spec', file('bytes.yaml', Buffer.from([0xff, 0xfe, 0x80]))],
      'cannot be read as UTF-8',
    ],
    ['an empty file', () => ['spec', file('empty.yaml', '')], 'a spec must be a map, not null'],
    ['a list', () => ['spec', file('list.yaml', '- name: a\n')], 'a spec must be a map'],
    ['a name that is a path', () => ['report', '../x'], 'cannot be the name of an experiment'],
    ['a name that is markup', () => ['status', '<script>'], 'cannot be the name of an experiment'],
    ['an unknown command', () => ['strat'], "unknown command 'strat'"],
    ['an unknown option', () => ['list', '--jsom'], "unknown option '--jsom'"],
    ['a missing argument', () => ['resume'], "missing required argument 'name'"],
    ['a limit of nothing', () => ['list', '--limit', '0'], 'at least 1'],
    [
      '--up that would not wait',
      () => ['start', 'mnist-quickstart', '--up', '--no-wait'],
      'would stop the stack before',
    ],
  ])('%s', async (_, args, sentence) => {
    const { code, stdout, stderr } = await byol(args(), environment);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('every problem of a spec is told at once, and as JSON to machines', async () => {
    const args = ['spec', 'mnist-quickstart', 'labels=[]', 'precision=fp8', 'model.width=1', '--json'];
    const { code, stdout } = await byol(args, environment);
    const { error, exitCode } = JSON.parse(stdout) as { error: string; exitCode: number };
    expect(error).toContain('labels must have at least 1 entry');
    expect(error).toContain('precision must be one of auto, fp32, bf16, fp16');
    expect(error).toContain('model.width must be at least 4');
    expect([code, exitCode]).toEqual([2, 2]);
  });
});
