import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportNetwork } from '../../../activities/export/exported-network';
import { readWeightsRecord } from '../../../activities/weights/weights-record';
import { sha256 } from '../../../storage/integrity';
import * as keys from '../../../storage/keys';
import { encoderPrefix } from '../../../training/byol/networks';
import { writeSafetensorsHeader } from '../../../training/weights/safetensors-header';
import { startOf, toTensorFlow, type Stream } from '../../reference/network-fixture';
import { readFixture } from '../../reference/read-fixture';
import { startFileServer, type FileServer } from '../../servers/file-server';
import { keepExport } from '../export/stored-export';
import { GivenWeightsBench } from './given-weights-bench';

jest.setTimeout(120_000);

/** A small ResNet in float16 with a classifier of 7 classes, as torch.save wrote it (weights.py). */
const fixture = join('test', 'reference', 'fixtures', 'weights', 'resnet-mini.pt');
const { streams } = readFixture('weights.json') as { streams: Stream[] };
const isWeight = (name: string) => !/running_/.test(name);

let bench: GivenWeightsBench;
let server: FileServer;
beforeAll(async () => {
  bench = await GivenWeightsBench.start();
  server = await startFileServer();
  server.files.set('/resnet-mini.pt', await readFile(fixture));
});
afterAll(async () => {
  await server.close();
  await bench.stop();
});

/** What PyTorch's file holds, in our layout. */
const expected = Object.fromEntries(
  streams
    .filter(({ name }) => !name.startsWith('fc.'))
    .map((each) => [
      each.name,
      Array.from(toTensorFlow(startOf(each), each.shape), (value) => expect.closeTo(value, 2.7) as number),
    ]),
);

test('a file of PyTorch becomes an object under the digest of its content, with a record of where it came from', async () => {
  const { import: importWeights } = await bench.experiment('from-file', { weights: fixture });
  const { digest, remarks } = await importWeights();
  expect(remarks).toEqual(['its classifier layer (7 classes) was left out: every arm trains its own']);
  expect(await bench.tensors(keys.weights(digest))).toEqual(expected);
  expect(sha256(await bench.store.get(keys.weights(digest)))).toBe(digest);
  expect(await readWeightsRecord(bench.store, 'from-file')).toMatchObject({
    digest,
    source: fixture,
    file: { format: 'pytorch', sha256: sha256(await readFile(fixture)) },
    tensors: streams.length - 2,
  });
});

test('the same weights by URL and from a bucket are the same object', async () => {
  await bench.store.put('elsewhere/mini.pt', await readFile(fixture));
  const [bucket] = /(?<=s3:\/\/)\S+/.exec(bench.store.location) as RegExpExecArray;
  const digests = [];
  for (const [name, weights] of Object.entries({
    'from-url': `${server.url}/moved/resnet-mini.pt?token=secret`,
    'from-bucket': `s3://${bucket}/elsewhere/mini.pt`,
    'from-path': fixture,
  }))
    digests.push((await (await bench.experiment(name, { weights })).import()).digest);
  expect(new Set(digests).size).toBe(1);
  expect((await readWeightsRecord(bench.store, 'from-url'))?.source).toBe(`${server.url}/moved/resnet-mini.pt`);
});

test('what was imported is not looked for again', async () => {
  const path = join(bench.folder, 'once.pt');
  await copyFile(fixture, path);
  const { import: importWeights } = await bench.experiment('once', { weights: path });
  const first = await importWeights();
  await rm(path);
  expect(await importWeights()).toEqual(first);
  await bench.store.delete(keys.weights(first.digest));
  await expect(importWeights()).rejects.toThrow('once.pt cannot be read (ENOENT)');
  await copyFile(fixture, path);
  expect(await importWeights()).toEqual(first);
  expect(await bench.store.head(keys.weights(first.digest))).not.toBeNull();
});

describe('refuses', () => {
  const refusal = async (name: string, model: Parameters<GivenWeightsBench['experiment']>[1], why: string) => {
    const { import: importWeights } = await bench.experiment(name, model);
    await expect(importWeights()).rejects.toMatchObject({
      name: 'WeightsError',
      retryable: false,
      message: expect.stringContaining(why) as string,
    });
    expect(await readWeightsRecord(bench.store, name)).toBeNull();
  };

  test('a file with another digest', () =>
    refusal(
      'digest',
      { weights: fixture, weightsSha256: 'a'.repeat(64) },
      'is not the file that model.weightsSha256 describes',
    ));

  test('another network, naming the tensors', () =>
    refusal('wider', { weights: fixture, width: 8 }, 'conv1.weight has [4, 1, 5, 5] and should have [8, 1, 5, 5]'));

  test('a variance below zero, of which batch norm would take the root', async () => {
    const { header, places, bytes } = writeSafetensorsHeader({}, streams);
    const file = Buffer.alloc(bytes);
    header.copy(file);
    const at = streams.findIndex(({ name }) => name === 'layer1.0.bn1.running_var');
    file.writeFloatLE(-0.5, places[at]!.offset);
    const path = join(bench.folder, 'negative.safetensors');
    await writeFile(path, file);
    await refusal('negative', { weights: path }, 'holds a variance in layer1.0.bn1.running_var that is negative');
  });

  test('an address where there is nothing', () =>
    refusal('nothing', { weights: `${server.url}/none.pt` }, 'Look whether the address in model.weights is right'));

  test('an object that is not there', () =>
    refusal('no-object', { weights: 's3://no-such-bucket/a/b.pt' }, 'There is no s3://no-such-bucket/a/b.pt'));

  test('an experiment that has no encoder', () =>
    refusal(
      'no-encoder',
      { weights: 'byol://other/seed-1' },
      'has no encoder of it (experiments/other/models/encoder-seed-1',
    ));

  test.each<[string, (key: (file: string) => string) => Promise<void>, string]>([
    [
      'cut',
      (key) => bench.store.put(key('encoder-seed-1.safetensors'), Buffer.from('some wei')),
      'models/encoder-seed-1.safetensors in ',
    ],
    [
      'swapped',
      (key) => bench.store.put(key('encoder-seed-1.safetensors'), Buffer.from('other weights')),
      'is not the file that was written, by its SHA-256',
    ],
    ['lost', (key) => bench.store.delete(key('encoder-seed-1.safetensors')), 'is gone'],
    ['undescribed', (key) => bench.store.put(key('model.json'), Buffer.from('{}')), 'model.json in '],
  ])('an encoder of another experiment that is %s', async (what, damage, why) => {
    const source = `source-${what}`;
    await keepExport(bench.store, source, { 'encoder-seed-1.safetensors': 'some weights' });
    await damage((file) => keys.model(source, file));
    await refusal(what, { weights: `byol://${source}/seed-1` }, why);
    await refusal(what, { weights: `byol://${source}/seed-1` }, `"byol resume ${source} --again" exports them anew`);
  });
});

describe('with given weights', () => {
  let experiment: Awaited<ReturnType<GivenWeightsBench['experiment']>>;
  let given: Record<string, number[]>;
  beforeAll(async () => {
    experiment = await bench.experiment('given', { weights: fixture });
    given = await bench.tensors(keys.weights((await experiment.import()).digest));
    await experiment.pretrain();
  });
  /** Of a network whose rates change nothing: its weights are those it started from. */
  const started = (tensors: Record<string, number[]>, prefix: string) =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix) && isWeight(name))
        .map(([name, values]) => [name.slice(prefix.length), values]),
    );
  const weightsOf = (tensors: Record<string, number[]>) => started(tensors, '');

  test('supervised training starts from them', async () => {
    await experiment.train('supervised');
    const tensors = await experiment.tensors('supervised');
    expect(started(tensors, 'backbone.')).toEqual(weightsOf(given));
    expect(tensors['fc.weight']?.length).toBe(32 * 3);
  });

  test('so do the online and the target network of pretraining', async () => {
    const tensors = await experiment.tensors('pretraining');
    expect(started(tensors, 'online.backbone.')).toEqual(weightsOf(given));
    expect(started(tensors, 'target.backbone.')).toEqual(weightsOf(given));
    // Running statistics go on from the given ones: 3 steps of two views each, a tenth of the way each.
    const [mean, start] = [tensors['online.backbone.bn1.running_mean']!, given['bn1.running_mean']!];
    expect(mean).not.toEqual(start);
  });

  test('what pretraining leaves, exported, is what another experiment starts from', async () => {
    const path = join(bench.folder, 'exported');
    const of = { run: keys.pretrainingRun(1), network: { prefix: encoderPrefix } };
    const format = { height: 28, width: 28, channels: 1, mean: [0.2], std: [0.25] };
    const files = await exportNetwork(bench.store, { spec: experiment.spec, format }, of, path);
    await keepExport(bench.store, 'given', { 'encoder-seed-1.safetensors': await readFile(files.safetensors) });
    const next = await bench.experiment('next', { weights: 'byol://given/seed-1' });
    const imported = await bench.tensors(keys.weights((await next.import()).digest));
    const encoder = Object.entries(await experiment.tensors('pretraining'))
      .filter(([name]) => name.startsWith(encoderPrefix))
      .map(([name, values]) => [name.slice(encoderPrefix.length), values]);
    expect(imported).toEqual(Object.fromEntries(encoder));
  });

  test('without an import nothing is trained', async () => {
    const { train, pretrain } = await bench.experiment('forgotten', { weights: fixture });
    await expect(train('supervised')).rejects.toThrow('does not say which were imported');
    await expect(pretrain()).rejects.toThrow('does not say which were imported');
  });
});
