import fc from 'fast-check';
import { fromTorch, toTorch, toTorchShape } from '../../../training/torch-layout';
import { backboneLayout } from '../../../training/weights/backbone-layout';
import { matchBackbone } from '../../../training/weights/match';

const wanted = [
  { name: 'conv1.weight', shape: [7, 7, 3, 64] },
  { name: 'bn1.weight', shape: [64] },
];
const torch: [string, number[]][] = [
  ['conv1.weight', [64, 3, 7, 7]],
  ['bn1.weight', [64]],
];

test('takes what the network needs, and says what it left', () => {
  const file: [string, number[]][] = [
    ...torch,
    ['bn1.num_batches_tracked', []],
    ['fc.weight', [1000, 64]],
    ['fc.bias', [1000]],
  ];
  expect(matchBackbone(wanted, new Map(file))).toEqual({
    tensors: wanted.map((tensor) => ({ ...tensor, from: tensor.name })),
    remarks: ['its classifier layer (1000 classes) was left out: every arm trains its own'],
  });
});

test.each(['module.', 'backbone.', 'module.model.'])(
  'passes over what a wrapper puts before every name: %p',
  (prefix) => {
    const file = new Map(torch.map(([name, shape]) => [`${prefix}${name}`, shape]));
    const { tensors, remarks } = matchBackbone(wanted, file);
    expect(tensors.map(({ from }) => from)).toEqual([`${prefix}conv1.weight`, `${prefix}bn1.weight`]);
    expect(remarks).toEqual([`the prefix "${prefix}" of every name was passed over`]);
  },
);

test('refuses what is missing, not known and of another shape, each by its name', () => {
  const file = new Map<string, number[]>([
    ['conv1.weight', [64, 1, 7, 7]],
    ['encoder.bn1.weight', [64]],
  ]);
  expect(() => matchBackbone(wanted, file)).toThrow(
    '1 missing: bn1.weight; 1 not known: encoder.bn1.weight; ' +
      '1 of another shape: conv1.weight has [64, 1, 7, 7] and should have [64, 3, 7, 7]',
  );
});

test('names eight of many and counts the others', () => {
  const file = new Map(Array.from({ length: 100 }, (_, at) => [`layer${at}`, [1]] as const));
  expect(() => matchBackbone([], file)).toThrow(
    '100 not known: layer0, layer1, layer2, layer3, layer4, layer5, layer6, layer7 and 92 more',
  );
});

test('to the layout of PyTorch and back', () => {
  const dimension = fc.nat(4).map((length) => length + 1);
  fc.assert(
    fc.property(fc.array(dimension, { minLength: 1, maxLength: 4 }), (shape) => {
      const count = shape.reduce((product, length) => product * length, 1);
      const tensor = { shape, values: Float32Array.from({ length: count }, (_, at) => at) };
      const turned = toTorch(tensor);
      expect(turned.shape).toEqual(toTorchShape(shape));
      expect(fromTorch(turned)).toEqual(tensor);
    }),
  );
});

test('a filter [2, 1, 1, 3] of [out, in, k, k]: the places come first, then what goes in', () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(fromTorch({ shape: [2, 1, 1, 3], values })).toEqual({
    shape: [1, 3, 1, 2],
    values: Float32Array.of(1, 4, 2, 5, 3, 6),
  });
});

test("the backbone's layout is torchvision's ResNet-18 without fc", () => {
  const { tensors } = backboneLayout(
    { backbone: 'resnet18', stem: '7x7', width: 64 },
    { height: 32, width: 32, channels: 3 },
  );
  expect(tensors).toHaveLength(100);
  expect(tensors.reduce((sum, { bytes }) => sum + bytes / 4, 0)).toBe(11_689_512 - 513_000 + 9600);
  expect(tensors.slice(0, 2).map(({ name, shape }) => [name, shape])).toEqual([
    ['conv1.weight', [7, 7, 3, 64]],
    ['bn1.weight', [64]],
  ]);
});

test('the prefix is found whatever the order of the names, and printed as text', () => {
  const names = ['layer1.0.conv1.weight', 'conv1.weight', 'bn1.weight'];
  const block = { name: 'layer1.0.conv1.weight', shape: [3, 3, 64, 64] };
  const shapes = new Map([...torch, [block.name, [64, 64, 3, 3]]]);
  const file = new Map(names.map((name) => [`a\u001b.${name}`, shapes.get(name) as number[]]));
  const { remarks } = matchBackbone([...wanted, block], file);
  expect(remarks).toEqual(['the prefix "a\\u001b." of every name was passed over']);
  const endless = new Map(torch.map(([name, shape]) => [`${'x'.repeat(20_000)}.${name}`, shape]));
  expect(() => matchBackbone(wanted, endless)).toThrow(/missing: conv1.weight/);
});

test('a prefix that some names lack is none: those are named', () => {
  const file = new Map([
    ...torch.map(([name, shape]) => [`encoder.${name}`, shape] as const),
    ['projector.weight', [2, 2]],
  ]);
  expect(() => matchBackbone(wanted, file)).toThrow(/missing: conv1.weight.*not known: encoder.conv1.weight/s);
});
