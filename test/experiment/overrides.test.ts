import { applyOverrides, differences } from '../../experiment/overrides';
import { presets } from '../../experiment/presets';
import { specPaths, specSchema } from '../../experiment/json-schema';

const quickstart = presets['mnist-quickstart']!.spec;
const set = (path: string, value: unknown) => differences(quickstart, applyOverrides(quickstart, [{ path, value }]));

describe('applyOverrides', () => {
  test('sets scalars, lists and what was not written before, and leaves the original alone', () => {
    const before = JSON.stringify(quickstart);
    expect(set('pretraining.epochs', 3)).toEqual(['pretraining.epochs: 6 -> 3']);
    expect(set('seeds', [1, 2])).toEqual(['seeds: [1,2,3] -> [1,2]']);
    expect(set('classifier.schedule.warmup', 0.2)).toEqual(['classifier.schedule.warmup: nothing -> 0.2']);
    expect(JSON.stringify(quickstart)).toBe(before);
  });

  test('sets an entry of a list, and of that list alone', () => {
    const change = ['pretraining.views.first[0].degrees: 20 -> 3'];
    expect(set('pretraining.views.first[0].degrees', 3)).toEqual(change);
    expect(set('pretraining.views.first.0.degrees', 3)).toEqual(change);
  });

  test.each([
    ['pretraning.epochs', 'Did you mean pretraining.epochs?'],
    ['epochs', 'Did you mean pretraining.epochs or classifier.epochs?'],
    ['epoch', 'Did you mean pretraining.epochs or classifier.epochs?'],
    ['precison', 'Did you mean precision?'],
    ['pretraining.optimizer.momentum', 'pretraining.optimizer has: name, beta1'],
    ['pretraining.views.first[9].p', 'is a list with the entries 0 to 2; given: 9'],
    ['name.x', 'name is "mnist-quickstart", not a map or list'],
    ['__proto__.polluted', '__proto__.polluted is not a setting'],
    ['constructor.prototype.polluted', 'is not a setting'],
    ['dataset.files.__proto__.polluted', 'is not a setting'],
    ['pretraining.__proto__.polluted', 'is not a setting'],
    ['pretraining.views.first.length', 'is a list with the entries'],
    ['', 'is not a setting'],
  ])('refuses %s', (path, sentence) => {
    expect(() => applyOverrides(quickstart, [{ path, value: 1 }])).toThrow(sentence);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('can turn one optimizer into the other, key by key', () => {
    const spec = applyOverrides(quickstart, [
      { path: 'classifier.optimizer.name', value: 'sgd' },
      { path: 'classifier.optimizer.momentum', value: 0.5 },
    ]) as typeof quickstart;
    expect(spec.classifier.optimizer).toEqual({ name: 'sgd', momentum: 0.5 });
  });
});

describe('specSchema', () => {
  test('is of the spec as one writes it: defaults are not required, unknown keys are refused', () => {
    const schema = specSchema();
    expect(schema['required']).toEqual(['name', 'dataset', 'model', 'pretraining', 'classifier']);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties?.['labels']?.['description']).toContain('balanced');
  });

  test('specPaths names the settings of every branch', () => {
    expect(specPaths()).toEqual(
      expect.arrayContaining([
        'dataset.files',
        'pretraining.optimizer.momentum',
        'pretraining.optimizer.beta1',
        'pretraining.views.first',
      ]),
    );
  });
});
