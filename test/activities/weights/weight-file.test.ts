import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { openWeights } from '../../../activities/weights/weight-file';
import { float32Values, valuesOf } from '../../../training/weights/tensor-values';
import { readSafetensorsHeader, writeSafetensorsHeader } from '../../../training/weights/safetensors-header';
import { WeightsError } from '../../../training/weights/weights-error';
import { readFixture } from '../../reference/read-fixture';

/** Files that PyTorch and safetensors wrote, and what PyTorch says is in them (weights.py). */
const fixtures = join('test', 'reference', 'fixtures', 'weights');
const { mixed, tiny } = readFixture('weights.json') as {
  mixed: Record<string, { shape: number[]; values: number[] }>;
  tiny: Record<string, number[]>;
};

async function contents(name: string) {
  const file = await openWeights(join(fixtures, name));
  const read: Record<string, { shape: readonly number[]; values: number[] }> = {};
  for (const [tensor, shape] of file.shapes) read[tensor] = { shape, values: Array.from(await file.values(tensor)) };
  await file.close();
  return { read, remarks: file.remarks, format: file.format };
}

const close = (values: number[]) =>
  values.map((value) => expect.closeTo(value, Math.abs(value) > 1e9 ? -31 : 6) as number);
const expected = Object.fromEntries(
  Object.entries(mixed).map(([name, { shape, values }]) => [name, { shape, values: close(values) }]),
);

test.each([
  ['mixed.pt', 'pytorch'],
  ['protocol-4.pt', 'pytorch'],
  ['before-1.6.pt', 'pytorch'],
  ['mixed.safetensors', 'safetensors'],
])('%s: every type, views in the order of their strides', async (name, format) => {
  expect(await contents(name)).toEqual({ format, remarks: [], read: expected });
});

test('float16 and bfloat16 to the last digit, subnormal ones too', async () => {
  const { read } = await contents('mixed.pt');
  for (const name of ['float16', 'bfloat16'])
    expect(read[name]?.values.map((value) => value.toPrecision(8))).toEqual(
      mixed[name]?.values.map((value) => value.toPrecision(8)),
    );
});

test('finds the state dict in a checkpoint, beside the state of an optimizer', async () => {
  const { read, remarks } = await contents('checkpoint.pt');
  expect(Object.fromEntries(Object.entries(read).map(([name, { values }]) => [name, values]))).toEqual(
    Object.fromEntries(Object.entries(tiny).map(([name, values]) => [name, close(values)])),
  );
  expect(remarks).toEqual(['the weights were taken from "state_dict" of the file, a checkpoint']);
});

test.each([
  ['"F32"', '"F8_E4M3"', 'is of the type "F8_E4M3"; those that are read are F64, F32,'],
  ['"shape":[', '"shape":[-1,', 'should have a shape of at most 64 whole numbers and has [-1,'],
  ['"dtype":', '"DTYPE":', 'should have a dtype, a shape and two data_offsets and has {'],
  ['"data_offsets":[', '"data_offsets":[0,', 'should have a dtype, a shape and two data_offsets and has [0,'],
])('of a tensor of safetensors in which %s became %s it says what is wrong', (good, bad, sentence) => {
  const { header } = writeSafetensorsHeader({}, [{ name: 'weight', shape: [2, 3] }]);
  const json = header.toString('utf8', 8).replace(good, bad);
  expect(() => readSafetensorsHeader(json, 24)).toThrow(`its tensor "weight" ${sentence}`);
});

test('a shape of millions of dimensions is refused in a sentence', () => {
  const shape = new Array<number>(1_000_000).fill(1);
  const json = JSON.stringify({ weight: { dtype: 'F32', shape, data_offsets: [0, 4] } });
  const refused = () => readSafetensorsHeader(json, 4);
  expect(refused).toThrow('its tensor "weight" should have a shape of at most 64 whole numbers and has [1,1,');
  expect(() => valuesOf(shape)).toThrow('it has a tensor of shape [1, 1, 1, 1, 1, 1, 1, 1, ... 1000000 in all]');
  expect(() => float32Values(Buffer.alloc(4), 'F32', { offset: 9, shape: [1], strides: shape })).toThrow(
    /with strides \[1, 1, 1, 1, 1, 1, 1, 1, \.\.\. 1000000 in all\] from item 9/,
  );
});

describe('refuses', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'byol-weights-'))));
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ['malicious.pt', 'its pickle asks for "posix.system". Loading that would run code of the file, so it is not done'],
    ['module.pt', 'its pickle asks for "torch.nn.modules.container.Sequential"'],
    ['malicious-before-1.6.pt', 'its pickle asks for "posix.system"'],
  ])('%s, by name and with the reason', async (name, why) => {
    await expect(openWeights(join(fixtures, name))).rejects.toMatchObject({
      name: 'WeightsError',
      retryable: false,
      message: expect.stringContaining(`${name} cannot be used as starting weights: `) as string,
    });
    await expect(openWeights(join(fixtures, name))).rejects.toThrow(why);
    await expect(stat('byol-was-here')).rejects.toThrow('ENOENT');
  });

  test('a storage that is shorter than its tensor, by the name of the tensor', async () => {
    await expect(contents('short-storage.pt')).rejects.toThrow(
      'short-storage.pt, tensor 0.weight cannot be used as starting weights: its storage "0" should have 24 bytes and has 20',
    );
  });

  test('a file that is not there, and one of something else', async () => {
    await expect(openWeights(join(folder, 'none.pt'))).rejects.toThrow('none.pt cannot be read (ENOENT)');
    await writeFile(join(folder, 'text.pt'), 'these are no weights, but a text of some length');
    await expect(openWeights(join(folder, 'text.pt'))).rejects.toThrow('it is no safetensors file');
  });

  test('a named pipe, which would be waited for, and a folder', async () => {
    const pipe = join(folder, 'pipe.pt');
    execFileSync('mkfifo', [pipe]);
    // Both ends: whoever does wait for the pipe comes back, so that this test can fail.
    const ends = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const opened = await Promise.race([openWeights(pipe), sleep(2000, 'waits')]).catch((error: unknown) => error);
    await ends.close();
    expect(opened).toMatchObject({ name: 'WeightsError', message: expect.stringContaining('it is a pipe') as string });
    await expect(openWeights(folder)).rejects.toThrow('it is a folder');
  });

  test('an altered number', async () => {
    const bytes = await readFile(join(fixtures, 'mixed.pt'));
    const at = bytes.indexOf(Buffer.from(Float32Array.of(1.5).buffer));
    bytes[at + 3] = 0x40;
    const path = join(folder, 'altered.pt');
    await writeFile(path, bytes);
    const file = await openWeights(path);
    await expect(file.values('scalar')).rejects.toThrow('are not those that were saved: it is damaged');
    await file.close();
  });

  /** Reads all that there is, at most a little: a file is a file of weights, or a WeightsError. */
  async function readsOrRefuses(path: string): Promise<void> {
    try {
      const file = await openWeights(path);
      try {
        for (const name of file.shapes.keys()) await file.values(name);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
    }
  }

  test.each(['mixed.pt', 'before-1.6.pt', 'mixed.safetensors'])(
    '%s cut or with bytes changed: a WeightsError, or what is left',
    async (name) => {
      const bytes = await readFile(join(fixtures, name));
      const place = fc.nat(bytes.length - 1);
      const changes = fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 });
      const path = join(folder, `fuzzed-${name}`);
      await fc.assert(
        fc.asyncProperty(changes, fc.option(place, { nil: bytes.length, freq: 3 }), async (bytesToSet, end) => {
          const damaged = Buffer.from(bytes.subarray(0, end));
          for (const [at, value] of bytesToSet) if (at < end) damaged[at] = value;
          await writeFile(path, damaged);
          await readsOrRefuses(path);
        }),
        { numRuns: 300 },
      );
    },
  );
});
