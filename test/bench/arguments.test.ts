import { BenchArgumentError, parseBenchArguments } from '../../bench/arguments';
import { cases } from '../../bench/cases';

const everything = { stages: ['step', 'augmented', 'memory'], cases: cases.map(({ name }) => name) };
const known = { ...everything, onGpu: ['step', 'augmented'] };
const parse = (...args: string[]) => parseBenchArguments(args, known);

test('without arguments everything is measured, but the whole quickstart and the profile', () => {
  expect(parse()).toEqual({
    ...everything,
    ...{ rounds: 3, seconds: 8, whole: false, profile: null, isa: null, device: 'cpu', help: false },
  });
});

test('help is asked for like anything else', () => {
  expect(parse('--help').help).toBe(true);
});

test('stages and cases are chosen by lists', () => {
  expect(parse('--only', 'step,memory', '--case', 'resnet18-96-b64-fp32', '--rounds', '1', '--seconds', '0.5')).toEqual(
    {
      ...{ stages: ['step', 'memory'], cases: ['resnet18-96-b64-fp32'], rounds: 1, seconds: 0.5 },
      ...{ whole: false, profile: null, isa: null, device: 'cpu', help: false },
    },
  );
});

test('--whole alone measures nothing else; with --only both', () => {
  expect(parse('--whole')).toMatchObject({ stages: [], whole: true });
  expect(parse('--whole', '--only', 'step')).toMatchObject({ stages: ['step'], whole: true });
});

test('--profile takes a case, or the first of those chosen', () => {
  expect(parse('--profile').profile).toBe('resnet18-96-b64-fp32');
  expect(parse('--profile', 'resnet18-96-b64-bf16').profile).toBe('resnet18-96-b64-bf16');
  expect(parse('--profile', '--case', 'resnet-mini-28-b32-fp32').profile).toBe('resnet-mini-28-b32-fp32');
});

test('--isa knows what both sides can be held to', () => {
  expect(parse('--isa', 'avx2').isa).toBe('avx2');
  expect(parse('--isa', 'avx512').isa).toBe('avx512');
  expect(parse('--isa', 'avx2', '--profile')).toMatchObject({ isa: 'avx2', profile: 'resnet18-96-b64-fp32' });
});

test('on a GPU the stages of training are measured', () => {
  expect(parse('--device', 'gpu')).toMatchObject({ device: 'gpu', stages: known.onGpu });
  expect(parse('--device', 'gpu', '--only', 'step')).toMatchObject({ device: 'gpu', stages: ['step'] });
});

test.each([
  [['--device', 'gpi'], /did you mean gpu\?/],
  [['--device', 'gpu', '--only', 'memory'], /does not know "memory"[^]*It knows step, augmented\./],
  [['--device', 'gpu', '--whole'], /--device gpu is for stages/],
  [['--device', 'gpu', '--isa', 'avx2'], /--isa holds processors/],
  [['--isa', 'avx1'], /did you mean avx2\?/],
  [['--isa', 'avx2', '--whole'], /--isa is for stages/],
  [['--device', 'gpu', '--profile'], /a GPU does not compute with oneDNN/],
  [['--only', 'stp'], /did you mean step\? It knows step, augmented, memory\./],
  [['--case', 'resnet18-96-b64'], /did you mean resnet18-96-b64-/],
  [['--profile', 'nothing'], /--profile does not know "nothing"/],
  [['--rounds', '0'], /--rounds takes a positive number/],
  [['--rounds', '1.5'], /--rounds/],
  [['--seconds', 'long'], /--seconds/],
  [['--fast'], /--fast[^]*--only STAGE/],
  [['step'], /not "step"/],
])('%p is refused, and told what is allowed', (args, message) => {
  expect(() => parse(...args)).toThrow(BenchArgumentError);
  expect(() => parse(...args)).toThrow(message);
});
