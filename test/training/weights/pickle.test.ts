import fc from 'fast-check';
import { stateDictOf } from '../../../training/weights/state-dict';
import { readTorchPickle, StoredTensor } from '../../../training/weights/torch-pickle';
import { WeightsError } from '../../../training/weights/weights-error';

const bytes = (...parts: (string | number | number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part].flat()))),
  );
const read = (...parts: (string | number | number[])[]) => readTorchPickle(bytes([0x80, 2], ...parts));
const text = (value: string) => bytes('X', [value.length, 0, 0, 0], value).toString('latin1');
/** The persistent id of a storage of `items` values under the key "0". */
const storage = (items: number, type = 'FloatStorage') =>
  `(${text('storage')}ctorch\n${type}\n${text('0')}${text('cpu')}K${String.fromCharCode(items)}tQ`;
const tuple = (...values: number[]) => `(${values.map((value) => `K${String.fromCharCode(value)}`).join('')}t`;
const tensor = (items: number, offset: number, shape: number[], strides: number[]) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${storage(items)}K${String.fromCharCode(offset)}${tuple(...shape)}${tuple(...strides)}\x89NtR`;

test('plain data', () => {
  expect(read('}(', text('a'), 'K\x07', text('b'), ']', '(NMA\x01J', [0xff, 0xff, 0xff, 0xff], 'e', 'u.')).toEqual(
    new Map<string, unknown>([
      ['a', 7],
      ['b', [null, 321, -1]],
    ]),
  );
  expect(read('\x8a\x06', [0, 0, 0, 0, 0, 0x80], '.')).toBe(-(2 ** 47));
  expect(read('\x8a\x00.')).toBe(0);
  expect(read('G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], '.')).toBe(1.5);
});

test('a tensor is a view of a storage', () => {
  expect(read(tensor(12, 2, [2, 3], [1, 4]), '.')).toEqual(
    new StoredTensor({ key: '0', dtype: 'F32', items: 12 }, { offset: 2, shape: [2, 3], strides: [1, 4] }),
  );
});

test.each([
  ['one beyond the end', tensor(11, 2, [2, 3], [1, 4])],
  ['strides of another length', tensor(12, 0, [2, 3], [1])],
  ['more values than any layer has', tensor(255, 0, [255, 255, 255, 255, 255], [0, 0, 0, 0, 0])],
])('refuses a tensor with %s', (_, pickle) => {
  expect(() => read(pickle, '.')).toThrow(WeightsError);
});

test.each([
  ['os', 'system'],
  ['builtins', 'eval'],
  ['torch', 'load'],
  ['os', 'FloatStorage'],
  ['torch', 'constructor'],
  ['torch._utils', '_rebuild_sparse_tensor'],
  ['collections', 'OrderedDict.__init__'],
  ['__main__', 'hasOwnProperty'],
])('refuses %s.%s by its name, called or not', (module, name) => {
  expect(() => read(`c${module}\n${name}\n.`)).toThrow(`asks for "${module}.${name}"`);
  expect(() => read(text(module), text(name), 0x93, '.')).toThrow(`asks for "${module}.${name}"`);
});

test.each([
  ['INST', 'i', 'ios\nsystem\n.'],
  ['OBJ', 'o', '(o.'],
  ['NEWOBJ', '\x81', ')\x81.'],
  ['EXT1', '\x82', '\x82\x01.'],
  ['DUP', '2', 'K\x012.'],
  ['PERSID', 'P', 'P0\n.'],
  ['BINBYTES', 'B', 'B\x00\x00\x00\x00.'],
])('refuses the instruction %s', (_, code, pickle) => {
  const hex = code.charCodeAt(0).toString(16).padStart(2, '0');
  expect(() => read(pickle)).toThrow(`the instruction 0x${hex} at byte`);
});

test.each([
  ['takes what is not there', '.'],
  ['takes what is not there', 'K\x01(\x85.'],
  ['is cut short', 'X\xff\xff\xff\xff'],
  ['is cut short', ''],
  ['closes what it never opened', 't.'],
  ['place 3, where nothing was kept', 'h\x03.'],
  ['calls what is no name', 'K\x01)R.'],
  ['calls FloatStorage, which is only a name', 'ctorch\nFloatStorage\n)R.'],
  ['gives attributes to what may have none', ']}b.'],
  ['names a storage in a way that PyTorch does not', 'K\x01Q.'],
  ['of what are no pairs', 'ccollections\nOrderedDict\n(](K\x01etR.'],
])('says what is wrong: %s', (why, pickle) => {
  expect(() => read(pickle)).toThrow(why);
});

test('any bytes are read or refused', () => {
  const codes = [...'(NKMJGX}])tasueqrhjcRbQ.'].map((code) => code.charCodeAt(0));
  const instruction = fc.constantFrom(...codes, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x93, 0x94, 0x95);
  const byte = fc.oneof({ weight: 3, arbitrary: instruction }, fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), (body) => {
      try {
        read(body, '.');
      } catch (error) {
        if (!(error instanceof WeightsError)) throw error;
      }
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  ['values', `${'}'.repeat(1_100_000)}.`],
  [
    'copies of one list',
    `]q\0(${'K\x01K\x02\x86'.repeat(1000)}eccollections\nOrderedDict\nq\x01${'h\x01h\0\x85R'.repeat(1000)}.`,
  ],
])('refuses more %s than any state dict has', (_, pickle) => {
  expect(() => read(pickle)).toThrow(/makes more than 1,000,000 values/);
});

describe('lists that hold one list twice, and so on, in a few bytes: their text would be endless, and nobody writes it', () => {
  /** As text it has 2 ** 24 commas. */
  const doubled = `]${'q\0](h\0h\0e'.repeat(24)}`;
  const rebuild = (shape: string, strides: string) =>
    `ctorch._utils\n_rebuild_tensor_v2\n(${storage(4)}K\0${shape}${strides}\x89NtR.`;

  test.each([
    ['a name of a module', `${doubled}${text('x')}\x93.`],
    ['a shape', rebuild(`(${doubled}t`, tuple(1))],
    ['strides', rebuild(tuple(1), `(${doubled}t`)],
  ])('as %s', (_, pickle) => {
    const begun = performance.now();
    expect(() => read(pickle)).toThrow(WeightsError);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test('as a name in a state dict', () => {
    const begun = performance.now();
    expect(() => stateDictOf(read(`}q\x01${doubled}q\0h\x01h\0K\x01s.`))).toThrow(WeightsError);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
