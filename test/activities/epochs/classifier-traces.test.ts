import { createEvaluate } from '../../../activities/classifier/evaluate';
import { createTrainClassifierEpochs } from '../../../activities/classifier/train-classifier-epochs';
import type { Arm } from '../../../experiment/comparison';
import { quietEnvironment } from '../quiet-environment';
import type { RecordingTrainer } from '../recording-trainer';
import { spec, Traces } from './traces';

const traces = Traces.use();

describe('a classifier is fed', () => {
  async function train(name: string, arm: Arm, more: object = {}, seed = 1) {
    const experiment = await traces.of.record(spec(name, {}, more));
    const of = { experiment, dataset: traces.of.dataset, seed, arm, labels: 20 as const };
    traces.of.trainer.calls = [];
    const setting = { learningRate: 0.01, epochs: 3 };
    await quietEnvironment().run(createTrainClassifierEpochs(traces.of.dependencies()), {
      ...of,
      ...setting,
      throughEpoch: 3,
    });
    const trained = traces.of.trainer.calls;
    traces.of.trainer.calls = [];
    const point = { ...setting, validationAccuracy: 0.5, validationLoss: 1 };
    await quietEnvironment().run(createEvaluate(traces.of.dependencies()), { ...of, chosen: point, search: [point] });
    return { trained, tested: traces.of.trainer.calls };
  }
  const named = (calls: RecordingTrainer['calls'], signature: string) =>
    calls.filter((call) => call.signature === signature);

  test('its labelled images alone in training, validation after it, and the test split once at the end', async () => {
    const drawn = await traces.of.splits(1);
    const [labelled, { validation, labels }] = [drawn.labelled(20), drawn];
    const { trained, tested } = await train('baseline', 'supervised');
    const places = named(trained, 'train').flatMap(({ feeds }) => feeds['indices'] ?? []);
    expect(places).toHaveLength(3 * 16);
    expect(places.every((place) => labelled.includes(place) && !validation.includes(place))).toBe(true);
    const classes = named(trained, 'train').flatMap(({ feeds }) => feeds['labels'] ?? []);
    expect(classes).toEqual(places.map((place) => labels[place]));
    const judged = named(trained, 'predict');
    expect(judged.flatMap(({ feeds }) => feeds['indices'])).toEqual([1, 2, 3].flatMap(() => Array.from(validation)));
    expect(new Set(trained.map(({ images }) => images))).toEqual(new Set([`${traces.of.dataset} train`]));
    expect(new Set(tested.map(({ images }) => images))).toEqual(new Set([`${traces.of.dataset} test`]));
    expect(named(tested, 'predict').flatMap(({ feeds }) => feeds['indices'])).toEqual(
      Array.from({ length: 10_000 }, (_, at) => at),
    );
    expect(named(tested, 'train')).toEqual([]);
  });

  test('the same in either arm, but for the encoder that fine-tuning starts from', async () => {
    await traces.of.pretrain(spec('arms'), 3);
    const { trained: scratch } = await train('arms', 'supervised');
    const { trained: tuned } = await train('arms', 'fine-tuned');
    const fed = (calls: RecordingTrainer['calls']) =>
      named(calls, 'train').map(({ feeds: { indices, labels, key, step, learning_rate: rate } }) => ({
        ...{ indices, labels, key, step, rate },
      }));
    const flat = (calls: RecordingTrainer['calls'], name: 'indices' | 'labels' | 'rate') =>
      fed(calls).flatMap((each) => each[name] ?? []);
    for (const name of ['indices', 'labels', 'rate'] as const) expect(flat(tuned, name)).toEqual(flat(scratch, name));
    expect(fed(tuned)[0]?.key).toEqual(fed(scratch)[0]?.key);
    expect(named(scratch, 'encoder')).toHaveLength(0);
    expect(named(tuned, 'encoder')).toHaveLength(1);
    expect(named(tuned, 'init').map(({ feeds }) => feeds['key'])).toEqual(
      named(scratch, 'init').map(({ feeds }) => feeds['key']),
    );
  });

  test('first weights, an order, draws and labels of each seed’s own', async () => {
    const of = async (seed: number, name: string) => {
      const { trained } = await train(name, 'supervised', {}, seed);
      const steps = named(trained, 'train');
      const places = steps.flatMap(({ feeds }) => feeds['indices'] ?? []);
      return {
        weights: named(trained, 'init')[0]?.feeds['key'],
        draws: steps[0]?.feeds['key'],
        // By position among the labelled images: those differ as well.
        order: places.map((place) => [...new Set(places)].sort((a, b) => a - b).indexOf(place)),
        labelled: [...new Set(places)].sort((a, b) => a - b),
      };
    };
    const [one, two] = [await of(1, 'own'), await of(2, 'own')];
    for (const what of ['weights', 'draws', 'order', 'labelled'] as const) {
      expect(one[what]).toBeDefined();
      expect([what, one[what]]).not.toEqual([what, two[what]]);
    }
    expect(await of(1, 'own-again')).toEqual(one);
  });

  test('rates by cosine over its own run, and a step number that goes on, so that no two steps draw the same', async () => {
    const { trained } = await train('rates', 'supervised');
    const calls = named(trained, 'train');
    const rates = calls.flatMap(({ feeds }) => feeds['learning_rate'] ?? []);
    rates.forEach((rate, at) => expect(rate).toBeCloseTo(0.005 * (1 + Math.cos((Math.PI * at) / 6)), 7));
    const steps = calls.flatMap(({ feeds }) =>
      (feeds['learning_rate'] ?? []).map((_, at) => (feeds['step']?.[0] as number) + at),
    );
    expect(steps).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('few labels several times an epoch where it has too few steps otherwise, each time in another order', async () => {
    const { trained: once } = await train('once', 'supervised');
    const { trained } = await train('passes', 'supervised', { minStepsPerEpoch: 5 });
    const calls = named(trained, 'train');
    const places = calls.flatMap(({ feeds }) => feeds['indices'] ?? []);
    const passes = Array.from({ length: 9 }, (_, at) => places.slice(16 * at, 16 * (at + 1)));
    expect(places).toHaveLength(9 * 16);
    for (const pass of passes) expect(new Set(pass).size).toBe(16);
    expect(new Set(passes.map(String)).size).toBe(9);
    expect(passes.slice(0, 3).flat()).toEqual(named(once, 'train').flatMap(({ feeds }) => feeds['indices'] ?? []));
    const rates = calls.flatMap(({ feeds }) => feeds['learning_rate'] ?? []);
    rates.forEach((rate, at) => expect(rate).toBeCloseTo(0.005 * (1 + Math.cos((Math.PI * at) / 18)), 7));
    expect(named(trained, 'predict')).toHaveLength(named(once, 'predict').length);
  });
});
