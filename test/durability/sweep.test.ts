import { leaderboard as leaderboardSchema } from '../../experiment/sweep/leaderboard';
import * as keys from '../../storage/keys';
import { finalDigest, small, startBench, type Bench } from './experiments';

/** A small sweep on the local stack with the real workers. */
let bench: Bench;
beforeAll(async () => (bench = await startBench()), 120_000);
afterAll(() => bench.stop(), 60_000);

const keysUnder = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of bench.store.list(prefix)) found.push(key);
  return found;
};

test('a sweep in two rungs: one winner, judged by the test split, and nothing of the others saw it', async () => {
  const shorter = ['pretraining.epochs=2', 'classifier.epochs=2', 'pretraining.monitor.onCollapse=continue'];
  const others = small.filter((pair) => !/^(pretraining|classifier)\.epochs=/.test(pair));
  const rates = 'pretraining.learningRate=1e-3,3e-3';
  const halving = ['--rungs=2', '--keep=1/2', '--json'];
  const run = ['sweep', 'mnist-quickstart', 'name=swept', rates, ...others, ...shorter, ...halving];
  const { stdout, stderr, code } = await bench.byol(...run);
  expect([code, stderr.includes('Error')]).toEqual([0, false]);
  const { rows, winner } = leaderboardSchema.parse((JSON.parse(stdout) as { leaderboard: unknown }).leaderboard);
  expect(rows.map(({ scores }) => scores.length).sort()).toEqual([1, 2]);
  const best = winner?.experiment as string;

  const looked = (await keysUnder('experiments/')).filter((key) =>
    /(result|predictions-test|embedding|report)\b/.test(key),
  );
  expect(looked.length).toBeGreaterThan(0);
  expect(looked.filter((key) => !key.startsWith(`experiments/${best}/`))).toEqual([]);
  const baseline = keys.classifierRun({ seed: 1, arm: 'supervised', labels: 20, learningRate: 0.001, epochs: 1 });
  expect(await finalDigest(bench.store, 'swept-02-rung-1', baseline)).toBe(
    await finalDigest(bench.store, 'swept-01-rung-1', baseline),
  );
}, 180_000);
