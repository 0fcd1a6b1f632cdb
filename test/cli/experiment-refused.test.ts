import { ApplicationFailure } from '@temporalio/activity';
import { experimentSpec, pretrainingRun } from '../../storage/keys';
import type { Call } from '../workflows/fake-activities';
import { startByol } from './byol';
import { start, useFakeExperiments } from './fake-experiments';
import { keepCheckpoint } from './kept-checkpoint';

/** What the command line says of an experiment that it does not start, that fails, or that is not there. */
const { servers, run, working } = useFakeExperiments();

describe('byol start', () => {
  test('a name that has another spec is refused with what differs, and nothing is written over', async () => {
    await working(() => run(...start('taken')));
    const { store } = servers;
    const before = await store.get(experimentSpec('taken'));
    const { code, stderr } = await run(...start('taken', 'pretraining.epochs=7', 'classifier.learningRates=[1e-3]'));
    expect(stderr).toContain('pretraining.epochs: 2 -> 7');
    expect(stderr).toContain('classifier.learningRates: [0.0005,0.008,0.032,0.064] -> [0.001]');
    expect(stderr).toContain('name=taken-2');
    expect(stderr).toContain('byol resume taken');
    expect(code).toBe(2);
    expect(await store.get(experimentSpec('taken'))).toEqual(before);
  });

  test('another description is no other experiment: the first one stays', async () => {
    await working(() => run(...start('worded')));
    const before = await servers.store.get(experimentSpec('worded'));
    const { code, stdout, stderr } = await run(...start('worded', 'description=Other words'));
    expect(stderr).toContain('"worded" keeps the description that it was started with.');
    expect(stdout).toContain('With 50 labels BYOL wins.');
    expect(code).toBe(0);
    expect(await servers.store.get(experimentSpec('worded'))).toEqual(before);
  });

  test.each([[['resume', 'edited', '--again']], [start('edited')]])(
    'where somebody edited the stored spec, %j says so and starts nothing',
    async (command) => {
      const { store } = servers;
      await store.delete(experimentSpec('edited'));
      await working(() => run(...start('edited')));
      const edited = JSON.parse((await store.get(experimentSpec('edited'))).toString()) as { seeds: number[] };
      await store.put(experimentSpec('edited'), Buffer.from(JSON.stringify({ ...edited, seeds: [1, 2, 3] })));
      const { code, stdout, stderr } = await run(...command);
      expect(stderr).toMatch(/spec\.json .*is not what was written.*Somebody edited/s);
      expect(stdout).not.toContain('goes on');
      expect(code).toBe(2);
    },
  );

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

  test('start goes on with what failed, too, and says from where', async () => {
    const fail = async ({ activity }: Call) => {
      if (activity === 'evaluate') throw ApplicationFailure.nonRetryable('The bucket "byol" does not exist.');
    };
    expect((await working(() => run(...start('halfway')), fail)).code).toBe(1);
    await keepCheckpoint(servers.store, { experiment: 'halfway', run: pretrainingRun(1) }, 2);
    const { stdout, code } = await working(() => run(...start('halfway')));
    expect(stdout).toContain(
      '"halfway" goes on:\n  pretraining, seed 1: complete\n  supervised, seed 1, 50 labels: from the start',
    );
    expect(code).toBe(0);
  });

  test.each([
    {
      fails: { activity: 'pretrainEpochs', message: 'The encoder of seed 1 collapsed.', type: 'CollapsedError' },
      name: 'collapsing',
      told: 'change them, under another name (name=collapsing-2).',
      not: 'byol resume',
    },
    {
      fails: { activity: 'pretrainEpochs', message: 'Pretraining needs about 9 GB of memory.', type: 'MemoryError' },
      name: 'too-large',
      told: 'Change the settings, under another name (name=too-large-2), or run a worker with more memory and go on there: ',
      not: 'To go on from there',
    },
    {
      fails: { activity: 'fetchDataset', message: 'There is no folder there.', type: 'DatasetError' },
      name: 'no-source',
      told: 'Where it is mended outside of the experiment, go on: byol resume no-source. With other settings it is another experiment (name=no-source-2).',
      not: 'To go on from there',
    },
  ])('after a $fails.type one is sent where that can be mended', async ({ fails, name, told, not }) => {
    const { stderr, code } = await working(
      () => run(...start(name)),
      async ({ activity }: Call) => {
        if (activity === fails.activity) throw ApplicationFailure.nonRetryable(fails.message, fails.type);
      },
    );
    expect(stderr).toContain(fails.message);
    expect(stderr).toContain(told);
    expect(stderr).not.toContain(not);
    expect(code).toBe(1);
  });

  test('without a worker, one is told that none answers', async () => {
    const waiting = startByol(start('alone'), servers.environment);
    await waiting.says('no worker answers on the task queue byol-cpu; "byol up" starts one, where none runs');
    waiting.child.kill('SIGINT');
    expect((await waiting.ended).code).toBe(130);
    await servers.temporal.client.workflow.getHandle('alone').terminate();
  });
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
