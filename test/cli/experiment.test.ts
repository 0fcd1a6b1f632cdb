import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { namesOfList } from '../../cli/completion/shape';
import { setupPaths } from '../../infra/setup';
import { pytorchLoader } from '../../activities/export/pytorch-loader';
import { experimentSpec, model, report } from '../../storage/keys';
import { openObjectStore } from '../../storage/object-store';
import { keepExport } from '../activities/export/stored-export';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities, type Call } from '../workflows/fake-activities';
import { withWorkers } from '../workflows/run';
import { byol, emptyHome, pointingTo, startByol } from './byol';

/**
 * The command line against a real Temporal server, a real S3 server and the real workflows; only the activities are fake:
 * they train nothing.
 */
let temporal: TestWorkflowEnvironment;
let objects: ObjectStoreServer;
let environment: Record<string, string>;

beforeAll(async () => {
  quietRuntime();
  [temporal, objects] = await Promise.all([startTemporal(), startObjectStore()]);
  const address = temporal.address;
  environment = { ...emptyHome(), ...pointingTo({ address }, objects.settings) };
});
afterAll(async () => {
  await Promise.all([temporal?.teardown(), objects?.stop()]);
});

const next = [
  { text: 'Run 4 more seeds.', settings: ['seeds=[1,2,3]'] },
  { text: 'Take other images.', settings: [] },
];

const small = [
  'labels=[50]',
  'seeds=[1,2]',
  'pretraining.epochs=2',
  'classifier.epochs=2',
  'classifier.checkpointEvery=1',
];
const start = (name: string, ...more: string[]) => ['start', 'mnist-quickstart', `name=${name}`, ...small, ...more];
const run = (...args: string[]) => byol(args, environment);

/** Workers with fake activities while `body` runs; the report's activity writes a page as the real one does. */
async function working<T>(body: () => Promise<T>, before?: (call: Call) => Promise<void>): Promise<T> {
  const store = openObjectStore(objects.settings);
  const { activities } = fakeActivities(before);
  const writeReport: typeof activities.writeReport = async ({ experiment: { name } }) => {
    const key = report(name, 'index.html');
    await store.put(key, Buffer.from(`<title>${name}</title>`));
    await store.put(report(name, 'report.json'), Buffer.from(JSON.stringify({ keepInMind: ['Only 2 seeds.'] })));
    await store.put(report(name, 'report.md'), Buffer.from(`# ${name}`));
    await store.put(report(name, 'spec.yaml'), Buffer.from(''));
    await keepExport(store, name, { 'load.py': pytorchLoader }, { encoders: { seeds: [1, 2] } });
    const row = {
      labels: '50',
      supervised: '80.0%',
      fineTuned: '90.0%',
      gain: '+10.0',
      interval: '',
      gainBySeed: '+10.0',
    };
    return { key, headline: 'With 50 labels BYOL wins.', table: [row], next };
  };
  try {
    return await withWorkers(temporal, { ...activities, writeReport }, body);
  } finally {
    store.close();
  }
}

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
      expect(readFileSync(join(environment['HOME']!, page), 'utf8')).toBe('<title>complete</title>');
      expect(first.stdout).toContain(
        `What to try next:\n  Run 4 more seeds.\n    byol start ${join('reports', 'complete', 'spec.yaml')} name=complete-2 'seeds=[1,2,3]'\n  Take other images.\n`,
      );
      expect(first.stdout).toContain(`The encoder in PyTorch, after "byol export complete" (needs`);
      expect((await run('status', 'complete')).stdout).toContain(
        'With 50 labels BYOL wins.\nReport: byol report complete\n',
      );
      const exported = await run('export', 'complete');
      const { pytorch } = JSON.parse((await run('export', 'complete', '--json')).stdout) as { pytorch: string[] };
      expect(pytorch).toHaveLength(5);
      for (const { stdout } of [first, exported]) expect(stdout).toContain(`:\n${pytorch.join('\n')}\n`);

      const elsewhere = await byol(start('complete'), { ...environment, BYOL_PREFIX: 'elsewhere' });
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
    const store = openObjectStore(objects.settings);
    await working(async () => {
      await run(...start('damaged'));
      await store.put(model('damaged', 'load.py'), Buffer.from(pytorchLoader.slice(100)));
      const refused = await run('export', 'damaged');
      expect(refused.stderr).toMatch(/load\.py in .* is not the file that was exported.*byol resume damaged --again/s);
      expect(refused.code).toBe(2);
      expect((await run('resume', 'damaged')).stdout).toContain('"damaged" is complete already');
      expect((await run('export', 'damaged')).code).toBe(2);
      const again = await run('resume', 'damaged', '--again');
      expect(again.stdout).toContain('"damaged" goes on:');
      expect(again.stdout).toContain('With 50 labels BYOL wins.');
      expect(again.code).toBe(0);
      expect((await run('export', 'damaged')).code).toBe(0);
    });
    store.close();
  });

  test('a name that has another spec is refused with what differs, and nothing is written over', async () => {
    await working(() => run(...start('taken')));
    const store = openObjectStore(objects.settings);
    const before = await store.get(experimentSpec('taken'));
    const { code, stderr } = await run(...start('taken', 'pretraining.epochs=7', 'classifier.learningRates=[1e-3]'));
    expect(stderr).toContain('pretraining.epochs: 2 -> 7');
    expect(stderr).toContain('classifier.learningRates: [0.001,0.004,0.016] -> [0.001]');
    expect(stderr).toContain('name=taken-2');
    expect(stderr).toContain('byol resume taken');
    expect(code).toBe(2);
    expect(await store.get(experimentSpec('taken'))).toEqual(before);
    store.close();
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
      const joined = startByol(start('held'), environment);
      await joined.says('"held" is running already; this joins it.');
      await joined.says('1,620 images/s, loss 1.25');
      joined.child.kill('SIGINT');
      const { code, stdout } = await joined.ended;
      expect(stdout).toContain('goes on without this command. To see it again: byol watch held.');
      expect(code).toBe(130);

      const status = await run('status', 'held');
      expect(status.stdout).toMatch(/pretraining +│ 1 +│ +│ running/);
      const list = (await run('list', '--json')).stdout;
      const { stdout: completed } = spawnSync('sh', ['-c', namesOfList], { input: list, encoding: 'utf8' });
      expect(completed.split('\n')).toContain('held');
      const listed = JSON.parse(list) as { name: string; status: string }[];
      expect(listed).toContainEqual(expect.objectContaining({ name: 'held', status: 'running', dataset: 'mnist-idx' }));

      const watching = startByol(['watch', 'held'], environment);
      await watching.says('pretraining: running');
      expect((await run('cancel', 'held')).stdout).toContain('To go on later: byol resume held');
      const watched = await watching.ended;
      expect(watched.stderr).toContain('The experiment was cancelled.');
      expect(watched.code).toBe(1);
      letGo();
    }, hold);
  });

  test('a failure is told with its root cause, and resume goes on with the stored spec', async () => {
    const fail = async ({ activity }: Call) => {
      if (activity === 'evaluate') throw ApplicationFailure.nonRetryable('The bucket "byol" does not exist.');
    };
    const failed = await working(() => run(...start('broken')), fail);
    expect(failed.stderr).toContain('The bucket "byol" does not exist.');
    expect(failed.stderr).toContain('byol resume broken');
    expect(failed.stderr).not.toMatch(/^ +at /m);
    expect(failed.code).toBe(1);

    const status = await working(() => run('status', 'broken'));
    expect(status.stdout).toContain('The bucket "byol" does not exist.');
    const resumed = await working(() => run('resume', 'broken'));
    expect(resumed.stdout).toContain('"broken" goes on:\n  pretraining, seed 1: from the start');
    expect(resumed.stdout).toContain('With 50 labels BYOL wins.');
    expect(resumed.code).toBe(0);
  });

  test('after a collapse one is not sent to the same settings again', async () => {
    const collapse = async ({ activity }: Call) => {
      if (activity === 'pretrainEpochs')
        throw ApplicationFailure.nonRetryable('The encoder of seed 1 collapsed.', 'CollapsedError');
    };
    const { stderr, code } = await working(() => run(...start('collapsing')), collapse);
    expect(stderr).toContain('The encoder of seed 1 collapsed.');
    expect(stderr).toContain('change them, under another name (name=collapsing-2).');
    expect(stderr).not.toContain('byol resume');
    expect(code).toBe(1);
  });

  test('what is tried again and again is told while one waits', async () => {
    const fail = async ({ activity }: Call) => {
      if (activity === 'fetchDataset') throw new Error('Object storage did not answer.');
    };
    await working(async () => {
      const waiting = startByol(start('waiting'), environment);
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
      const { code } = await byol(start('registered', '--no-wait'), { ...environment, TEMPORAL_ADDRESS: bare.address });
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

  test('without a worker, one is told that none answers', async () => {
    const waiting = startByol(start('alone'), environment);
    await waiting.says('no worker answers on the task queue byol-cpu; start one with "byol up"');
    waiting.child.kill('SIGINT');
    expect((await waiting.ended).code).toBe(130);
    await temporal.client.workflow.getHandle('alone').terminate();
  });
});

describe('byol report', () => {
  test('fetches every form of the report', async () => {
    await working(() => run(...start('reported', '--no-wait')).then(() => run('watch', 'reported')));
    const folder = join(environment['HOME']!, 'elsewhere', 'deep');
    const { stdout, code } = await run('report', 'reported', '-o', folder);
    const files = ['index.html', 'report.json', 'report.md', 'spec.yaml'].map((file) => `${join(folder, file)}\n`);
    expect(stdout).toBe(`${files.join('')}\nKeep in mind:\n  Only 2 seeds.\n`);
    expect(existsSync(join(folder, 'report.md'))).toBe(true);
    expect(code).toBe(0);
  });

  test.each([['report'], ['status'], ['watch'], ['resume'], ['cancel']])(
    '%s of what is not there says so',
    async (command) => {
      const { code, stderr } = await run(command, 'nothing');
      expect(stderr).toMatch(/"nothing"/);
      expect(stderr).toContain('byol list');
      expect(code).toBe(2);
    },
  );
});
