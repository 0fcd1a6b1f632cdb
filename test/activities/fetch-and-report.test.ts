import { sealedResult } from '../../activities/formats/stored-result';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createFetchDataset } from '../../activities/dataset/fetch-dataset';
import type { FetchedDataset } from '../../activities/dataset/fetch-dataset';
import type { ExperimentRef } from '../../activities/read-spec';
import { createWriteReport } from '../../activities/report/write-report';
import type { WrittenReport } from '../../activities/report/write-report';
import { specDigest } from '../../experiment/digest';
import { parseSpec } from '../../experiment/resolve';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { ExperimentResults } from '../../report/results';
import * as keys from '../../storage/keys';
import { openObjectStore } from '../../storage/object-store';
import type { ObjectStore } from '../../storage/object-store';
import { smallMnist } from '../datasets/small-mnist';
import { startObjectStore } from '../servers/object-store';
import type { ObjectStoreServer } from '../servers/object-store';
import { smallSpec } from '../workflows/run';
import { quietEnvironment } from './quiet-environment';
import { keepRun } from './stored-run';

let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };
let scratch: string;
beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.settings);
  scratch = await mkdtemp(join(tmpdir(), 'byol-activities-'));
}, 60_000);
afterAll(async () => {
  store.close();
  await server.stop();
  await rm(scratch, { recursive: true });
});

async function record(spec: ExperimentSpec): Promise<ExperimentRef> {
  await store.put(keys.experimentSpec(spec.name), Buffer.from(JSON.stringify(spec)));
  return { name: spec.name, specDigest: specDigest(spec) };
}
const fetchDataset = (experiment: ExperimentRef, environment = quietEnvironment()): Promise<FetchedDataset> =>
  environment.run(createFetchDataset({ store, scratch }), { experiment });

describe('fetchDataset', () => {
  test('brings the dataset into the bucket, says what it does, and the second time finds it there', async () => {
    const experiment = await record(smallSpec({ name: 'fetches' }));
    const environment = quietEnvironment();
    const beats: { stage?: string; message?: string }[] = [];
    environment.on('heartbeat', (details: object) => beats.push(details));
    const first = await fetchDataset(experiment, environment);
    expect(first).toMatchObject({
      kind: 'mnist-idx',
      classes: 10,
      counts: { train: 60_000, test: 10_000 },
      fetched: true,
    });
    expect(beats).toContainEqual({ stage: 'fetch', message: 'train-images-idx3-ubyte: 47.0 of 47.0 MB' });
    expect(await fetchDataset(experiment)).toEqual({ ...first, fetched: false });
  }, 60_000);

  test('refuses images of another size than the spec was checked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'byol-mnist-'));
    for (const [name, body] of Object.entries(smallMnist())) await writeFile(join(folder, name), body);
    const { dataset } = smallSpec({ name: 'odd' });
    const experiment = await record(smallSpec({ name: 'odd', dataset: { ...dataset, source: folder } }));
    await expect(fetchDataset(experiment)).rejects.toThrow(
      'have 6 x 5 pixels; those of the kind mnist-idx have 28 x 28',
    );
  });

  test('refuses a source whose content changed since the experiment was started', async () => {
    const experiment = await record(smallSpec({ name: 'moved' }));
    const { digest } = await fetchDataset(experiment);
    await store.put(keys.experimentDataset('moved'), Buffer.from(JSON.stringify({ digest: 'another' })));
    await expect(fetchDataset(experiment)).rejects.toMatchObject({
      name: 'DatasetError',
      message: expect.stringContaining(`its dataset is now ${digest.slice(0, 16)}`) as unknown,
    });
  }, 60_000);

  test('refuses a label budget that cannot be drawn, before anything is trained', async () => {
    const experiment = await record(smallSpec({ name: 'greedy', labels: [60_000] }));
    await expect(fetchDataset(experiment)).rejects.toMatchObject({ name: 'DatasetError', retryable: false });
  });

  test('refuses fewer unlabelled images than one step of pretraining takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'byol-few-'));
    const files = smallMnist({ train: 20, t10k: 10 }, [28, 28]);
    for (const [name, body] of Object.entries(files)) await writeFile(join(folder, name), body);
    const dataset = { kind: 'mnist-idx', source: folder, unlabelled: 'all', validation: 10 };
    await expect(
      fetchDataset(await record(smallSpec({ name: 'few', labels: ['all'], dataset }))),
    ).rejects.toMatchObject({
      name: 'TooFewImagesError',
      retryable: false,
      message: expect.stringContaining('Pretraining has 10 unlabelled images, and one step takes 32') as string,
    });
  });

  test('refuses a spec that is not the one the run was started with, and what is no spec', async () => {
    const experiment = await record(smallSpec({ name: 'changed' }));
    await record(smallSpec({ name: 'changed', seeds: [9] }));
    await expect(fetchDataset(experiment)).rejects.toMatchObject({
      name: 'SpecChangedError',
      retryable: false,
      message: expect.stringContaining('was started with') as string,
    });
    await store.put(keys.experimentSpec('changed'), Buffer.from('{"name": "changed"'));
    await expect(fetchDataset(experiment)).rejects.toThrow(/experiments\/changed\/spec.json is not a spec any more/);
  });
});

describe('writeReport', () => {
  const write = (experiment: ExperimentRef, dataset: string): Promise<WrittenReport> =>
    quietEnvironment().run(createWriteReport({ store, scratch, version: '1.2.3', commit: 'abc' }), {
      experiment,
      dataset,
    });

  test('makes a report of what storage holds', async () => {
    const spec = smallSpec({ name: 'reported' });
    const experiment = await record(spec);
    const { digest } = await fetchDataset(experiment);
    await keepRun(store, spec, scratch);
    const { key, headline } = await write(experiment, digest);
    expect(key).toBe('experiments/reported/report/index.html');
    const html = (await store.get(key)).toString();
    // The first sentence is set large, in a paragraph of its own.
    expect(html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')).toContain(headline);
    expect((await store.get(keys.report(spec.name, 'report.md'))).toString()).toContain(headline);
    const again = (await store.get(keys.report(spec.name, 'spec.yaml'))).toString();
    expect(specDigest(parseSpec(parse(again)))).toBe(experiment.specDigest);
    expect(html).toContain('byol start spec.yaml name=reported-again');
    const json = (await store.get(keys.report(spec.name, 'report.json'))).toString();
    const { results } = JSON.parse(json) as { results: ExperimentResults };
    const { dataset, provenance, pretraining, comparisons } = results;
    expect(dataset).toMatchObject({ counts: { unlabelled: 10_000, train: 55_000, validation: 5000, test: 10_000 } });
    expect(provenance).toMatchObject({
      version: '1.2.3',
      commit: 'abc',
      tensorflow: '2.21.0',
      threads: 3,
      threadsOfPretraining: 5,
      ...{ cores: 4, devices: 2 },
      workers: ['worker-1', 'worker-2'],
      secondsByStage: { pretraining: 2 * 3 * 2, supervised: 2 * 2 * 2 * 4 * 0.5, 'fine-tuned': 2 * 2 * 2 * 4 * 0.5 },
      digests: { dataset: digest, spec: experiment.specDigest },
    });
    expect(pretraining).toHaveLength(2);
    expect(comparisons).toHaveLength(8);
  }, 60_000);

  test('says of a sweep of pretraining that the baseline had less to be chosen from', async () => {
    const spec = smallSpec({ name: 'swept-02' });
    const experiment = await record(spec);
    const { digest } = await fetchDataset(experiment);
    await keepRun(store, spec, scratch);
    const member = { format: 'durable-byol-membership/1', sweep: 'swept', member: 2, members: 3, pretrainingOnly: 2 };
    const membership = { ...member, settings: { pretrained: 6, supervised: 2 } };
    await store.put(keys.experimentSweep(spec.name), Buffer.from(JSON.stringify(membership)));
    await write(experiment, digest);
    const html = (await store.get(keys.report(spec.name, 'index.html'))).toString();
    expect(html).toContain('one of 3 members that the sweep swept chose among by the validation split');
    expect(html).toContain('member 2 of 3 of swept; the validation split chose');
  }, 60_000);

  test('results that no report can be made of are not tried again', async () => {
    const spec = smallSpec({ name: 'odd-results' });
    const experiment = await record(spec);
    const { digest } = await fetchDataset(experiment);
    await keepRun(store, spec, scratch);
    const version = 'more text than results may hold '.repeat(1000);
    const made = quietEnvironment().run(createWriteReport({ store, scratch, version }), {
      experiment,
      dataset: digest,
    });
    await expect(made).rejects.toMatchObject({
      name: 'ReportError',
      retryable: false,
      message: expect.stringMatching(/"odd-results" cannot be made of its results \(.*provenance\.version/) as string,
    });
  }, 60_000);

  test('names the result that is not there, and what is no result', async () => {
    const spec = smallSpec({ name: 'incomplete' });
    const experiment = await record(spec);
    const { digest } = await fetchDataset(experiment);
    await keepRun(store, spec, scratch);
    const key = keys.result(spec.name, 'seed-2/fine-tuned/labels-100');
    await store.delete(key);
    await expect(write(experiment, digest)).rejects.toMatchObject({
      name: 'ResultMissingError',
      retryable: false,
      message: expect.stringContaining(key) as string,
    });
    const other = keys.result(spec.name, 'seed-1/fine-tuned/labels-100');
    const kept = await store.get(other);
    const sealed = sealedResult(JSON.parse(kept.toString()) as object).toString();
    await store.put(other, Buffer.from(sealed.replace(/"accuracy": 0/, '"accuracy": 1')));
    await expect(write(experiment, digest)).rejects.toMatchObject({
      name: 'ResultDamagedError',
      message: expect.stringMatching(/seed-1\/fine-tuned\/labels-100\/result\.json .* by its seal/) as string,
    });
    const result = kept.toString().replaceAll(`experiments/${spec.name}/`, 'experiments/another/');
    await store.put(other, sealedResult(JSON.parse(result) as object));
    await expect(write(experiment, digest)).rejects.toMatchObject({
      name: 'ResultDamagedError',
      message: expect.stringMatching(/its predictions are experiments\/another\/.*another experiment's/) as string,
    });
    await store.put(other, kept);
    await store.put(key, Buffer.from('{"seed": 2}'));
    await expect(write(experiment, digest)).rejects.toMatchObject({ name: 'ResultDamagedError', retryable: false });
    await store.put(key, await store.get(keys.result(spec.name, 'seed-2/supervised/labels-100')));
    await expect(write(experiment, digest)).rejects.toMatchObject({
      name: 'ResultDamagedError',
      message: expect.stringContaining('it is the result of seed 2, supervised, 100 labels') as string,
    });
    await expect(store.head(keys.report(spec.name, 'index.html'))).resolves.toBeNull();
  }, 60_000);
});
