import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Context } from '@temporalio/activity';
import { pytorchLoader } from '../../activities/export/pytorch-loader';
import { namesOfList } from '../../cli/completion/shape';
import { setupPaths } from '../../infra/setup-paths';
import { model, pretrainingRun } from '../../storage/keys';
import type { Call } from '../workflows/fake-activities';
import { byol, startByol } from './byol';
import { start, useFakeExperiments } from './fake-experiments';
import { keepCheckpoint } from './kept-checkpoint';

/**
 * The command line against a real Temporal server, a real S3 server and the real workflows; only the activities are fake:
 * they train nothing.
 */
const { servers, run, working } = useFakeExperiments();

describe('byol start', () => {
  test('runs an experiment to its end, and again only shows the result', async () => {
    await working(async () => {
      const first = await run(...start('complete'));
      expect(first.stderr).toMatch(/pretraining: done 4\/4 epochs/);
      expect(first.stderr).toMatch(/fine-tuned: done/);
      expect(first.stdout).toContain('With 50 labels BYOL wins.');
      expect(first.stdout).toMatch(/│ +50 │ +80\.0% │ +90\.0% │ +\+10\.0 │ one seed: none │ \+10\.0/);
      expect(first.code).toBe(0);
      const page = join('reports', 'complete', 'index.html');
      expect(first.stdout).toContain(`\nKeep in mind:\n  Only 2 seeds.\n\nReport: ${page}`);
      expect(readFileSync(join(servers.environment['HOME']!, page), 'utf8')).toBe('<title>complete</title>');
      expect(first.stdout).toContain(
        `What to try next:\n  Run 4 more seeds.\n    byol start ${join('reports', 'complete', 'spec.yaml')} name=complete-2 'seeds=[1,2,3]'\n  Take other images.\n  Pretrain longer.\n    byol start ${join('reports', 'complete', 'spec.yaml')} name=complete-3 pretraining.epochs=4\n`,
      );
      expect(first.stdout).toContain(`The encoder in PyTorch, after "byol export complete" (needs`);
      expect((await run('status', 'complete')).stdout).toContain(
        'With 50 labels BYOL wins.\nReport: byol report complete\n',
      );
      const exported = await run('export', 'complete');
      const { pytorch } = JSON.parse((await run('export', 'complete', '--json')).stdout) as { pytorch: string[] };
      expect(pytorch).toHaveLength(6);
      for (const { stdout } of [first, exported]) expect(stdout).toContain(`:\n${pytorch.join('\n')}\n`);

      const elsewhere = await byol(start('complete'), { ...servers.environment, BYOL_PREFIX: 'elsewhere' });
      expect(elsewhere.stderr).toMatch(
        /Temporal has an experiment "complete" already, in s3:\/\/.*, and this one would be in s3:\/\/.*elsewhere/s,
      );
      expect(elsewhere.code).toBe(2);

      const again = await run(...start('complete'));
      expect(again.stdout).toContain(
        '"complete" is complete already; this is its result. To run it anew, give it another name: name=complete-2.',
      );
      expect(again.stdout).toContain('With 50 labels BYOL wins.');
      expect(again.code).toBe(0);

      const json = JSON.parse((await run(...start('complete', '--json'))).stdout) as {
        comparisons: unknown[];
        status: string;
        keepInMind: string[];
      };
      expect(json.status).toBe('completed');
      expect(json.keepInMind).toEqual(['Only 2 seeds.']);
      expect(json.comparisons).toHaveLength(4);
    });
  });

  test('resume --again makes anew what was damaged after the end', async () => {
    const { store } = servers;
    let held: Promise<void> | undefined;
    let letGo = () => {};
    const hold = ({ activity }: Call) => (activity === 'fetchDataset' && held) || Promise.resolve();
    await working(async () => {
      await run(...start('damaged'));
      await store.put(model('damaged', 'load.py'), Buffer.from(pytorchLoader.slice(100)));
      const refused = await run('export', 'damaged');
      expect(refused.stderr).toMatch(/load\.py in .* is not the file that was written.*byol resume damaged --again/s);
      expect(refused.code).toBe(2);
      expect((await run('resume', 'damaged')).stdout).toContain('"damaged" is complete already');
      expect((await run('export', 'damaged')).code).toBe(2);
      for (const seed of [1, 2]) await keepCheckpoint(store, { experiment: 'damaged', run: pretrainingRun(seed) }, 2);
      held = new Promise((resolve) => (letGo = resolve));
      try {
        const again = await run('resume', 'damaged', '--again', '--no-wait');
        expect(again.stdout).toContain('"damaged" goes on:\n  pretraining, seed 1: complete');
        // Nothing has begun yet: it is shown from what storage holds.
        expect((await run('status', 'damaged')).stdout).toMatch(/pretraining +│ 1 +│ +│ done +│ 2 of 2 epochs/);
      } finally {
        letGo();
      }
      const watched = await run('watch', 'damaged');
      expect(watched.stdout).toContain('With 50 labels BYOL wins.');
      expect(watched.code).toBe(0);
      expect((await run('export', 'damaged')).code).toBe(0);
    }, hold);
  });

  test('what is running is joined, Ctrl-C leaves it running, and cancel stops it', async () => {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const hold = async ({ activity }: Call) => {
      if (activity !== 'pretrainEpochs') return;
      const pulse = { stage: 'pretraining', epoch: 1, step: 5, steps: 10, loss: 1.25, imagesPerSecond: 1620 };
      const beat = setInterval((context: Context) => context.heartbeat(pulse), 200, Context.current());
      await Promise.race([held, Context.current().cancelled]).finally(() => clearInterval(beat));
    };
    await working(async () => {
      expect((await run(...start('held', '--no-wait'))).code).toBe(0);
      const joined = startByol(start('held'), servers.environment);
      await joined.says('"held" is running already; this joins it.');
      await joined.says('1,620 images/s, loss 1.25');
      joined.child.kill('SIGINT');
      const { code, stdout } = await joined.ended;
      expect(stdout).toContain('goes on without this command. To see it again: byol watch held.');
      expect(code).toBe(130);

      const status = await run('status', 'held');
      // Temporal says which of the two seeds comes first; the other waits its turn.
      expect(status.stdout).toMatch(/pretraining +│ [12] +│ +│ running/);
      const list = (await run('list', '--json')).stdout;
      const { stdout: completed } = spawnSync('sh', ['-c', namesOfList], { input: list, encoding: 'utf8' });
      expect(completed.split('\n')).toContain('held');
      const listed = JSON.parse(list) as { name: string; status: string }[];
      expect(listed).toContainEqual(expect.objectContaining({ name: 'held', status: 'running', dataset: 'mnist-idx' }));

      const watching = startByol(['watch', 'held'], servers.environment);
      await watching.says('pretraining: running');
      expect((await run('cancel', 'held')).stdout).toContain('To go on later: byol resume held');
      const watched = await watching.ended;
      expect(watched.stderr).toContain('The experiment was cancelled.');
      expect(watched.code).toBe(1);
      letGo();
    }, hold);
  });

  test('what is tried again and again is told while one waits', async () => {
    const fail = async ({ activity }: Call) => {
      if (activity === 'fetchDataset') throw new Error('Object storage did not answer.');
    };
    await working(async () => {
      const waiting = startByol(start('waiting'), servers.environment);
      await waiting.says('fetchDataset is tried again');
      await waiting.says('Object storage did not answer.');
      waiting.child.kill('SIGINT');
      await waiting.ended;
      await run('cancel', 'waiting');
    }, fail);
  });

  test('registers the search attributes on a server that lacks them', async () => {
    const path = setupPaths().temporal;
    const bare = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path } } });
    try {
      const { code } = await byol(start('registered', '--no-wait'), {
        ...servers.environment,
        TEMPORAL_ADDRESS: bare.address,
      });
      expect(code).toBe(0);
      const described = await bare.client.workflow.getHandle('registered').describe();
      const attributes = described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
      expect(attributes).toEqual(
        expect.arrayContaining([
          ['ByolExperiment', 'registered'],
          ['ByolDataset', 'mnist-idx'],
          ['ByolStage', 'fetch'],
          ['ByolStatus', 'running'],
        ]),
      );
      expect(await described.staticSummary()).toContain('mnist-idx, labels 50, 2 seeds');
    } finally {
      await bare.teardown();
    }
  });
});

test('byol report fetches every form of the report', async () => {
  await working(() => run(...start('reported', '--no-wait')).then(() => run('watch', 'reported')));
  const folder = join(servers.environment['HOME']!, 'elsewhere', 'deep');
  const { stdout, code } = await run('report', 'reported', '-o', folder);
  const files = ['index.html', 'report.json', 'report.md', 'spec.yaml'].map((file) => `${join(folder, file)}\n`);
  expect(stdout).toBe(`${files.join('')}\nKeep in mind:\n  Only 2 seeds.\n`);
  expect(existsSync(join(folder, 'report.md'))).toBe(true);
  expect(code).toBe(0);
});
