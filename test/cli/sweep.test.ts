import { keepReport } from '../../activities/report/write-report';
import { createKeepLeaderboard, createRecallLeaderboard } from '../../activities/sweep/leaderboards';
import { createPrepareMember } from '../../activities/sweep/prepare-member';
import { leaderboard as leaderboardSchema } from '../../experiment/sweep/leaderboard';
import { experimentSpec, leaderboard, report, sweepPlan } from '../../storage/keys';
import { fakeActivities } from '../workflows/fake-activities';
import { eventually, withWorkers } from '../workflows/run';
import { byol, startByol } from './byol';
import { useServers } from './servers';

/** `byol sweep` against real servers, workflows and records of members; the training is fake. */
const servers = useServers();

const small = ['labels=[50]', 'seeds=[1]', 'classifier.epochs=3', 'classifier.learningRates=[0.01]'];
const sweep = (name: string, ...more: string[]) => ['sweep', 'mnist-quickstart', `name=${name}`, ...small, ...more];
const run = (...args: string[]) => byol(args, servers.environment);

/** Workers whose training is fake while `body` runs: the second member of every sweep does best. */
async function working<T>(body: () => Promise<T>, before?: () => Promise<void>): Promise<T> {
  const { store, environment } = servers;
  const scratch = environment['HOME'] as string;
  const { activities } = fakeActivities(before, ({ experiment: { name } }) =>
    /-02(-rung-\d)?$/.test(name) ? 0.9 : 0.8,
  );
  const writeReport: typeof activities.writeReport = async ({ experiment: { name } }) => {
    const key = report(name, 'index.html');
    await keepReport(store, name, { 'index.html': [`<title>${name}</title>`, 'text/html'] });
    return { key, headline: 'With 50 labels BYOL wins.', table: [] };
  };
  const own = {
    prepareMember: createPrepareMember({ store, scratch }),
    recallLeaderboard: createRecallLeaderboard({ store }),
    keepLeaderboard: createKeepLeaderboard({ store }),
  };
  return withWorkers(servers.temporal, { ...activities, ...own, writeReport }, body);
}

test('runs a sweep to its end, and again only shows the result', async () => {
  await working(async () => {
    const rates = 'pretraining.learningRate=1e-3,3e-3,1e-2';
    const first = await run(...sweep('rates', rates, '--rungs', '2'));
    expect(first.stdout).toContain('Started "rates", 3 members:');
    expect(first.stdout).toContain(
      'rung 1 of 2: 3 members, epochs of pretraining 2, of classifiers 1; the best 1 on validation go on',
    );
    expect(first.stderr).toContain('rates-02-rung-1 (pretraining.learningRate=0.003): 90.0% on validation');
    expect(first.stdout).toMatch(/│ +1 │ rates-02 +│ pretraining\.learningRate=0\.003 │ winner +│ +2 │ +90\.0% │/);
    expect(first.stdout).toMatch(/│ +2 │ rates-01-rung-1 │ pretraining\.learningRate=0\.001 │ dropped │/);
    expect(first.stdout).toContain('With 50 labels BYOL wins.');
    expect(first.stdout).toContain('byol report rates-02');
    expect(first.code).toBe(0);
    const stored = await servers.store.get(leaderboard('rates'));
    expect(leaderboardSchema.parse(JSON.parse(stored.toString())).winner?.experiment).toBe('rates-02');

    const again = await run(...sweep('rates', rates, '--rungs', '2', '--json'));
    const json = JSON.parse(again.stdout) as { status: string; leaderboard: unknown; winner: { headline: string } };
    expect(json).toMatchObject({
      sweep: 'rates',
      status: 'completed',
      winner: { headline: 'With 50 labels BYOL wins.' },
    });
    expect(leaderboardSchema.parse(json.leaderboard).rows).toHaveLength(3);

    const other = await run(...sweep('rates', 'pretraining.learningRate=1e-3,3e-3'));
    expect(other.stderr).toMatch(/There is a sweep "rates" already, with another plan.*name=rates-2/s);
    expect(other.code).toBe(2);
    const experiment = await run('start', 'mnist-quickstart', 'name=rates');
    expect(experiment.stderr).toContain('There is a sweep "rates" already.');
    expect(experiment.code).toBe(2);

    const fetched = JSON.parse((await run('report', 'rates', '--json')).stdout) as { experiment: string };
    expect(fetched.experiment).toBe('rates-02');
    expect((await run('export', 'rates')).stderr).toContain('no exported weights of "rates-02"');
    for (const [command, what] of [
      [['report', 'rates-01-rung-1'], 'There is no report of "rates-01-rung-1" in s3:'],
      [['export', 'rates-01-rung-1'], 'There are no exported weights of "rates-01-rung-1" in s3:'],
      [['resume', 'rates-01-rung-1', '--again'], 'There is no report of "rates-01-rung-1" to be written again'],
    ] as const) {
      const { stderr, code } = await run(...command);
      expect(stderr).toContain(what);
      expect(stderr).toMatch(
        /there will be none: .* of the sweep "rates", whose winner is rates-02\..*"byol report rates-02"/,
      );
      expect(stderr).toContain('byol start SPEC pretraining.learningRate=0.001 name=rates-alone-1');
      expect(stderr).not.toContain('complete');
      expect(code).toBe(2);
    }
    const swept = await run('resume', 'rates', '--again');
    expect(swept.stderr).toContain('"rates" is a sweep, and --again is for experiments');
    expect(swept.code).toBe(2);
    const member = await run('watch', 'rates-01-rung-1');
    expect(member.stdout).toContain('Judged by the validation split alone: 80.0% on average.');
    expect(member.code).toBe(0);
  });
});

test('what cannot be swept is told before anything is written or started', async () => {
  const refused = async (...more: string[]) => {
    const { code, stderr } = await run(...sweep('refused', ...more));
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused('pretraining.learningRate=1e-3,-1')).toMatch(
    /with pretraining\.learningRate=-1: .*at least 1e-30/,
  );
  expect(await refused('pretraining.learningRate=1e-3')).toContain('two values or more');
  expect(await refused('seeds=[1],[2]')).toContain('seeds is given twice');
  expect(await refused('pretraining.batch=8,16', '--rungs', '9')).toContain('a whole number from 1 to 6');
  expect(await refused('pretraining.batch=8,16', '--keep', '3/2')).toContain('between 0 and 1');
  expect(await servers.store.head(sweepPlan('refused'))).toBeNull();
  await servers.store.put(experimentSpec('taken-02'), Buffer.from(JSON.stringify({})));
  const taken = await run(...sweep('taken', 'pretraining.batch=8,16'));
  expect(taken.stderr).toContain('"taken-02"');
  expect(taken.code).toBe(2);
  expect(await servers.store.head(sweepPlan('taken'))).toBeNull();
});

test('status, list, cancel and resume take a sweep by its name', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await working(
    async () => {
      expect((await run(...sweep('held', 'pretraining.batch=16,32', '--no-wait'))).code).toBe(0);
      const status = () => run('status', 'held');
      const shown = await eventually(status, ({ stdout }) => /held-01 .*running/.test(stdout));
      expect(shown.stdout).toMatch(/held: running, rung 1 of 1/);
      const listed = JSON.parse((await run('list', '--json')).stdout) as { name: string; stage: string }[];
      expect(listed).toContainEqual(expect.objectContaining({ name: 'held', status: 'running', stage: 'sweep' }));

      expect((await run('report', 'held')).stderr).toContain('"held" is a sweep that has no winner yet');
      expect((await run('report', 'held-01')).stderr).toMatch(
        /no report of "held-01" in .*: it is a member of the sweep "held", which has no winner yet\..*byol status held/,
      );
      const watching = startByol(['watch', 'held'], servers.environment);
      await watching.says('held-01 (pretraining.batch=16) runs');
      expect((await run('cancel', 'held')).stdout).toContain('"held" is asked to stop, and its members with it');
      letGo();
      const watched = await watching.ended;
      expect(watched.stderr).toContain('The sweep was cancelled.');
      expect(watched.stderr).toContain('byol resume held');
      expect(watched.code).toBe(1);

      const resumed = await run('resume', 'held');
      expect(resumed.stdout).toContain('The sweep "held" goes on');
      expect(resumed.stdout).toContain('The winner, by the validation split: held-02.');
      expect(resumed.code).toBe(0);
    },
    () => held,
  );
});
