import fc from 'fast-check';
import { sha256 } from '../../storage/integrity';
import * as keys from '../../storage/keys';

const digest = sha256('x');

test('runs have the names that people see', () => {
  const of = { seed: 3, arm: 'fine-tuned', labels: 50 } as const;
  expect(keys.pretrainingRun(3)).toBe('seed-3/pretraining');
  expect(keys.comparisonRun({ ...of, labels: 'all' })).toBe('seed-3/fine-tuned/labels-all');
  expect(keys.classifierRun({ ...of, learningRate: 0.003, epochs: 60 })).toBe(
    'seed-3/fine-tuned/labels-50/lr-0.003-epochs-60',
  );
  expect(keys.classifierRun({ ...of, learningRate: 1e-7, epochs: 5 })).toBe(
    'seed-3/fine-tuned/labels-50/lr-1e-7-epochs-5',
  );
  expect(keys.comparisonRun({ ...of, labels: '0.5%' })).toBe('seed-3/fine-tuned/labels-0.5-percent');
});

test('every setting has a run of its own, which is usable as a key', () => {
  const rate = fc.record({
    learningRate: fc.double({ min: 1e-12, max: 1000, noNaN: true }),
    epochs: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(rate, rate, (one, other) => {
      const run = (of: typeof one) => keys.classifierRun({ seed: 1, arm: 'supervised', labels: 9, ...of });
      fc.pre(one.learningRate !== other.learningRate || one.epochs !== other.epochs);
      expect(run(one)).not.toBe(run(other));
      expect(keys.result('name', run(one))).toBe(`experiments/name/runs/${run(one)}/result.json`);
    }),
  );
});

test('manifests sort as their positions do, and tell them', () => {
  const position = fc.record({ epoch: fc.nat(999_999), step: fc.nat(2 ** 31 - 1) });
  fc.assert(
    fc.property(position, position, (a, b) => {
      const [one, other] = [a, b].map((at) => keys.checkpointManifest('name', 'seed-1/pretraining', at, digest));
      const order = a.epoch - b.epoch || a.step - b.step;
      expect(Math.sign(order)).toBe((one as string) < (other as string) ? -1 : one === other ? 0 : 1);
      expect(keys.parseCheckpointManifest(one as string)).toEqual({ ...a, digest16: digest.slice(0, 16) });
    }),
  );
});

test.each(['..', '.', '', 'a/../b', 'a//b', '/a', 'a b', 'a\u0000', 'ä', '-a'])('%j is no part of a key', (odd) => {
  expect(() => keys.report('name', odd)).toThrow(TypeError);
  expect(() => keys.result('name', odd)).toThrow(TypeError);
  expect(() => keys.experimentSpec(odd)).toThrow(TypeError);
  expect(() => keys.datasetBlob(odd)).toThrow(TypeError);
});
