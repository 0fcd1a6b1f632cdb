import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { presets } from '../../experiment/presets';
import { parseSpec, type ExperimentSpec } from '../../experiment/resolve';
import { byol, emptyHome } from './byol';

const environment = emptyHome();
const home = environment['HOME']!;
const resolved = async (...args: string[]) =>
  JSON.parse((await byol(['spec', ...args, '--json'], environment)).stdout) as ExperimentSpec;

describe('byol spec', () => {
  test('lists the presets', async () => {
    const { stdout, code } = await byol(['spec'], environment);
    for (const name of Object.keys(presets)) expect(stdout).toContain(name);
    expect(code).toBe(0);
  });

  test.each(Object.keys(presets))('prints %s as YAML that reads back as the same spec', async (name) => {
    const { stdout } = await byol(['spec', name], environment);
    expect(stdout.split('\n')[0]).toMatch(/^# /);
    writeFileSync(join(home, `${name}.yaml`), stdout);
    expect(await resolved(`${name}.yaml`)).toEqual(parseSpec(presets[name]!.spec));
  });

  test('sets numbers, lists, maps and text from key=value', async () => {
    const settings = [
      'name=longer',
      'pretraining.epochs=12',
      'seeds=[4, 5]',
      'classifier.optimizer={name: sgd, momentum: 0.5}',
      'pretraining.learningRate=1e-4',
      'description=why: because it is [there]',
      'pretraining.views.second[0].degrees=5',
    ];
    const spec = await resolved('mnist-quickstart', ...settings);
    expect(spec.name).toBe('longer');
    expect(spec.pretraining.epochs).toBe(12);
    expect(spec.seeds).toEqual([4, 5]);
    expect(spec.classifier.optimizer).toEqual({ name: 'sgd', momentum: 0.5, weightDecay: 0 });
    expect(spec.pretraining.learningRate).toBe(1e-4);
    expect(spec.description).toBe('why: because it is [there]');
    expect(spec.pretraining.views.first[0]).toMatchObject({ degrees: 20 });
    expect(spec.pretraining.views.second[0]).toMatchObject({ degrees: 5 });
  });

  test('a relative source is relative to the file that names it, or to the current folder', async () => {
    mkdirSync(join(home, 'mine'));
    const { stdout } = await byol(['spec', 'mnist-quickstart', 'dataset.source=data'], environment);
    expect(stdout).toContain(`source: ${join(home, 'data')}`);
    writeFileSync(join(home, 'mine', 'spec.yaml'), stdout.replace(join(home, 'data'), 'data'));
    expect((await resolved('mine/spec.yaml')).dataset.source).toBe(join(home, 'mine', 'data'));
    expect((await resolved('mine/spec.yaml', 'dataset.source=data')).dataset.source).toBe(join(home, 'data'));
    expect((await resolved('stl10-blog')).dataset.source).toMatch(/^http:/);
  });

  test('so are relative weights; addresses stay', async () => {
    const weights = async (...args: string[]) => (await resolved(...args)).model.weights;
    expect(await weights('stl10-blog', 'model.weights=r18.pth')).toBe(join(home, 'r18.pth'));
    expect(await weights('stl10-blog', 'model.weights=byol://other/seed-1')).toBe('byol://other/seed-1');
    expect(await weights('stl10-blog')).toBeUndefined();
  });

  test('--schema prints the JSON Schema', async () => {
    const { stdout } = await byol(['spec', '--schema'], environment);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false });
  });

  test('a full disk behind stdout is told, with an exit code of its own', () => {
    const main = join(__dirname, '..', '..', 'cli', 'main.js');
    const full = spawnSync('sh', ['-c', `"$0" ${JSON.stringify(main)} spec --schema >/dev/full`, process.execPath], {
      env: environment,
      encoding: 'utf8',
    });
    expect(full.stderr).toMatch(/Error: The disk is full: what this command prints could not be written/);
    expect(full.status).toBe(3);
  });

  test('a reader of a pipe that takes its time gets all of it', () => {
    const main = join(__dirname, '..', '..', 'cli', 'main.js');
    const slowly = `"$0" ${JSON.stringify(main)} spec --schema | (sleep 1; cat)`;
    const { stdout } = spawnSync('sh', ['-c', slowly, process.execPath], { env: environment, encoding: 'utf8' });
    expect(stdout.length).toBeGreaterThan(2 ** 16);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
  });
});
