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

  test('after a refusal for memory one is sent to other settings, or to a larger worker', async () => {
    const refuse = async ({ activity }: Call) => {
      if (activity === 'pretrainEpochs')
        throw ApplicationFailure.nonRetryable('Pretraining needs about 9 GB of memory.', 'MemoryError');
    };
    const { stderr, code } = await working(() => run(...start('too-large')), refuse);
    expect(stderr).toContain(
      'Change the settings, under another name (name=too-large-2), or run a worker with more memory and go on there: ',
    );
    expect(stderr).not.toContain('To go on from there');
    expect(code).toBe(1);
  });

  test('without a worker, one is told that none answers', async () => {
    const waiting = startByol(start('alone'), servers.environment);
    await waiting.says('no worker answers on the task queue byol-cpu; start one with "byol up"');
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
