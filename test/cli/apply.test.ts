import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AppliedModel, ApplyModelInput } from '../../activities/apply/apply-model';
import { keepReport } from '../../activities/report/write-report';
import type { ComparisonOf } from '../../experiment/comparison';
import { specDigest } from '../../experiment/digest';
import type { ExperimentSpec } from '../../experiment/resolve';
import { answerOf } from '../../report/answer';
import { renderJson } from '../../report/json';
import * as keys from '../../storage/keys';
import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { sampleResults } from '../report/sample-results';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';
import { quietRuntime, startTemporal } from '../servers/temporal';
import { fakeActivities } from '../workflows/fake-activities';
import { smallSpec, withWorkers } from '../workflows/run';
import { byol, emptyHome, pointingTo } from './byol';
import { keepWinner } from './stored-winner';

/** predict, embed, neighbours and compare against a real Temporal server, store and workflow; the activity is fake. */
let temporal: TestWorkflowEnvironment;
let objects: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let environment: Record<string, string>;
const spec = smallSpec({ name: 'flowers' });
beforeAll(async () => {
  quietRuntime();
  [temporal, objects] = await Promise.all([startTemporal(), startObjectStore()]);
  store = openObjectStore(objects.settings);
  environment = { ...emptyHome(), ...pointingTo({ address: temporal.address }, objects.settings) };
  await store.put(keys.experimentSpec('flowers'), Buffer.from(JSON.stringify(spec)));
  for (const of of comparisonsOf(spec)) await judge(of);
  await store.put(keys.experimentDataset('flowers'), Buffer.from(JSON.stringify({ digest: 'd'.repeat(64) })));
});
const comparisonsOf = ({ seeds, arms, labels }: ExperimentSpec): ComparisonOf[] =>
  seeds.flatMap((seed) => arms.flatMap((arm) => labels.map((budget) => ({ seed, arm, labels: budget }))));
const judge = (of: ComparisonOf, name = 'flowers') =>
  store.put(keys.result(name, keys.comparisonRun(of)), Buffer.from('{}'));
afterAll(async () => {
  store.close();
  await Promise.all([temporal?.teardown(), objects?.stop()]);
});

const predictions = [
  { path: 'a/1.png', predicted: 'дуб', probability: 0.875, probabilities: { ash: 0.125, дуб: 0.875 } },
  { path: 'b/1.png', predicted: 'ash', probability: 0.6, probabilities: { ash: 0.6, дуб: 0.4 } },
  { path: 'b/cut.png', problem: 'its PNG data: cut' },
];
const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const contents: Record<string, Record<string, string>> = {
  predict: { 'predictions.csv': 'path,predicted\n"a/1.png","дуб"\n', 'predictions.jsonl': lines(predictions) },
  embed: { 'embeddings.npy': 'matrix', 'embeddings.json': '{}' },
  neighbours: {
    'neighbours.jsonl': lines([
      { path: '1.png', nearest: [{ class: 'дуб', image: 'test/дуб/2.png', cosine: 0.98765 }] },
    ]),
  },
};

/** Runs `byol ARGS` while workers serve whose activity keeps small objects; gives what it was asked for too. */
async function run(args: string[], outcome: { fails?: Error | null; images?: number } = {}) {
  const asked: ApplyModelInput[] = [];
  const applyModel = async (input: ApplyModelInput): Promise<AppliedModel> => {
    asked.push(input);
    if (outcome.fails) throw outcome.fails;
    const written: Record<string, string> = {};
    for (const [name, text] of Object.entries(contents[input.kind] ?? {})) {
      written[name] = keys.applied('flowers', input.id, name);
      await store.put(written[name], Buffer.from(text));
    }
    const by = { seed: 2, ...(input.kind === 'predict' ? { arm: 'fine-tuned' as const, labels: 100 } : {}) };
    return { files: input.kind === 'neighbours' ? 1 : 3, images: outcome.images ?? 2, by, written };
  };
  const ended = await withWorkers(temporal, { ...fakeActivities().activities, applyModel }, () =>
    byol(args, environment),
  );
  return { ...ended, asked };
}
const home = (...path: string[]) => join(environment['HOME']!, ...path);

test('predict names classes, counts them, tells what is broken, and writes the file', async () => {
  const { code, stdout, stderr, asked } = await run(['predict', 'flowers', 'new photos']);
  expect(stdout.split('\n')).toEqual([
    'a/1.png  дуб  87.5%',
    'b/1.png  ash  60.0%',
    '2 of 3 files by the classifier "fine-tuned" with 100 labels, seed 2:',
    '  дуб: 1',
    '  ash: 1',
    join('predictions', 'flowers.csv'),
    '',
  ]);
  expect(stderr).toContain('b/cut.png: its PNG data: cut');
  expect(readFileSync(home('predictions', 'flowers.csv'), 'utf8')).toBe(contents['predict']?.['predictions.csv']);
  expect(code).toBe(0);
  const experiment = { name: 'flowers', specDigest: specDigest(spec) };
  expect(asked).toEqual([
    {
      ...{ kind: 'predict', experiment, dataset: 'd'.repeat(64), source: home('new photos') },
      id: expect.stringMatching(/^predict-[0-9a-f]{12}$/) as string,
    },
  ]);
  const described = await temporal.client.workflow.getHandle(`flowers/apply/${asked[0]?.id}`).describe();
  expect(described).toMatchObject({ type: 'apply', status: { name: 'COMPLETED' } });
});

test('predict again, as JSON lines elsewhere, with a document for machines; a URL stays what it is', async () => {
  const args = ['predict', 'flowers', 'https://example.org/new.zip', '-o', 'deep/er/out.jsonl', '--json'];
  const { code, stdout, asked } = await run(args, { images: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ files: 3, images: 0, by: { seed: 2 }, classes: { ash: 1, дуб: 1 } });
  expect(readFileSync(home('deep', 'er', 'out.jsonl'), 'utf8')).toBe(lines(predictions));
  expect(asked[0]?.source).toBe('https://example.org/new.zip');
  expect(code).toBe(2); // none of them was an image
});

test('embed fetches the matrix and its paths; neighbours tells cosine, class and name', async () => {
  const embedded = await run(['embed', 'flowers', '.', '-o', 'features', '--seed', '2']);
  expect(embedded).toMatchObject({ code: 0, asked: [{ kind: 'embed', seed: 2, source: home() }] });
  expect(embedded.stdout).toContain('2 of 3 files by the pretrained encoder of seed 2');
  expect(readFileSync(home('features', 'embeddings.npy'), 'utf8')).toBe('matrix');
  expect(existsSync(home('features', 'embeddings.json'))).toBe(true);
  const near = await run(['neighbours', 'flowers', '1.png', '-k', '1'], { images: 1 });
  expect(near).toMatchObject({ code: 0, asked: [{ kind: 'neighbours', neighbours: 1 }] });
  expect(near.stdout).toContain('0.988  дуб  test/дуб/2.png\n');
});

test.each(['predict', 'embed', 'neighbours'])("%s takes a sweep's name for its winner", async (command) => {
  await keepWinner(store, 'rates', 'flowers');
  const { code, stdout, asked } = await run([command, 'rates', 'some.png', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ experiment: 'flowers' });
  expect(asked).toMatchObject([{ kind: command, experiment: { name: 'flowers' } }]);
  expect(code).toBe(0);
});

test('predict says at once what is not done yet, embed asks a worker', async () => {
  await store.delete(keys.result('flowers', keys.comparisonRun({ seed: 2, arm: 'supervised', labels: 50 })));
  const early = await run(['predict', 'flowers', '.']);
  expect(early).toMatchObject({ code: 2, asked: [] });
  expect(early.stderr).toMatch(
    /"flowers" has no classifier to choose yet: supervised, seed 2, 50 labels is not done\./,
  );
  expect(await run(['embed', 'flowers', '.'])).toMatchObject({ code: 0, asked: [{ kind: 'embed' }] });

  const membership = { format: 'durable-byol-membership/1', sweep: 'open', member: 1, members: 2, pretrainingOnly: 1 };
  const settings = { pretrained: 2, supervised: 1 };
  await store.put(keys.experimentSweep('flowers'), Buffer.from(JSON.stringify({ ...membership, settings })));
  const member = await run(['predict', 'flowers', '.']);
  expect(member).toMatchObject({ code: 2, asked: [] });
  expect(member.stderr).toMatch(
    /no classifier: it is a member of the sweep "open", which has no winner yet\. Only the winner/,
  );
  await store.delete(keys.experimentSweep('flowers'));
  await judge({ seed: 2, arm: 'supervised', labels: 50 });
});

test.each<[string, string[], Error | null, number, string]>([
  [
    'what the worker refuses',
    ['predict', 'flowers', '.'],
    ApplicationFailure.create({ message: 'There is no image.', type: 'NoImagesError', nonRetryable: true }),
    2,
    'There is no image.',
  ],
  [
    'what breaks there',
    ['embed', 'flowers', '.'],
    ApplicationFailure.create({ message: 'The engine is gone.', type: 'EngineError', nonRetryable: true }),
    1,
    'The engine is gone.',
  ],
  ['no such experiment', ['predict', 'trees', '.'], null, 2, 'There is no experiment "trees"'],
  ['no such seed', ['embed', 'flowers', '.', '--seed', '7'], null, 2, '"flowers" has no seed 7; it has 1, 2.'],
  ['another form', ['predict', 'flowers', '.', '-o', 'x.xlsx'], null, 2, 'must end in .csv or .jsonl'],
])('says %s', async (_, args, fails, code, sentence) => {
  const ended = await run(args, { fails });
  expect(ended.stderr).toContain(sentence);
  expect(ended.stderr).not.toMatch(/^ +at /m);
  expect(ended.code).toBe(code);
});

test('compare reads two reports', async () => {
  const results = sampleResults();
  const keep = (name: string, other: typeof results) =>
    keepReport(store, name, {
      'report.json': [renderJson(answerOf(other), other), 'application/json'],
      'index.html': ['page', 'text/html'],
    });
  await keep('one', results);
  await keep('two', { ...results, spec: { ...results.spec, precision: 'bf16' } });
  const { code, stdout } = await byol(['compare', 'one', 'two'], environment);
  expect(stdout).toContain('Settings (one -> two):\n  precision: "fp32" -> "bf16"\n');
  expect(stdout).toMatch(/50 +│ fine-tuned +│ 92\.5% +│ 92\.5% +│ 0\.0 +│ 0\.0 to 0\.0 \(3 seeds\)/);
  expect(stdout).not.toContain('over the seeds that both have');
  expect(code).toBe(0);
  await keep('later', {
    ...results,
    comparisons: results.comparisons.map((each) => ({ ...each, seed: each.seed + 1 })),
  });
  expect((await byol(['compare', 'one', 'later'], environment)).stdout).toContain(
    'Accuracies are means over all seeds of each, differences over the seeds that both have.',
  );
  const missing = await byol(['compare', 'one', 'three'], environment);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('no experiment "three"') as string });
  const key = keys.report('two', 'report.json');
  const edited = (await store.get(key)).toString().replace('"accuracy": 0.9', '"accuracy": 0.8');
  await store.put(key, Buffer.from(edited));
  expect(await byol(['compare', 'one', 'two'], environment)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/report\.json in s3:.* is not the file that was written, by its SHA-256/) as string,
  });
});
