import { eventFile } from '../../../activities/formats/event-file';
import { metricNames, parseMetrics } from '../../../experiment/run-metrics';
import * as keys from '../../../storage/keys';
import { barImages, keepDataset } from '../stored-dataset';
import { spec, Traces } from './traces';

const traces = Traces.use();

describe('pretraining feeds', () => {
  const total = 3 * 8;

  test('the rate and tau of the schedule over the whole run, each step once, epoch after epoch', async () => {
    await traces.of.pretrain(spec('schedules'), 3);
    const metrics = parseMetrics(
      (await traces.of.store.get(keys.runMetrics('schedules', 'seed-1/pretraining'))).toString(),
    );
    expect(metrics.map(({ epoch, step }) => [epoch, step])).toEqual([1, 2, 3].map((epoch) => [epoch, 8 * epoch]));
    const ofPretraining = metricNames.filter((name) => name !== 'validation/accuracy');
    for (const { at, values } of metrics) {
      expect(at).toBeDefined();
      expect(Object.keys(values).sort()).toEqual([...ofPretraining].sort());
    }
    const events = await traces.of.store.get(keys.runEvents('schedules', 'seed-1/pretraining'));
    expect(events.equals(eventFile(metrics))).toBe(true);
    await traces.of.store.delete(keys.runEvents('schedules', 'seed-1/pretraining'));
    await traces.of.pretrain(spec('schedules'), 3); // as after a worker that was killed just after the commit
    expect(await traces.of.store.get(keys.runEvents('schedules', 'seed-1/pretraining'))).toEqual(events);
    const rates = traces.of.trainer.fed('train', 'learning_rate');
    const rise = 0.2 * total;
    const expected = Array.from({ length: total }, (_, t) =>
      t + 1 < rise
        ? (0.01 * (t + 1)) / rise
        : 0.005 * (1 + Math.cos((Math.PI * Math.max(0, t - rise)) / (total - rise))),
    );
    expect(rates).toHaveLength(total);
    rates.forEach((rate, at) => expect(rate).toBeCloseTo(expected[at] as number, 7));
    const tau = traces.of.trainer.fed('train', 'tau');
    expect([tau[0], tau.at(-1)]).toEqual([Math.fround(0.9), 1]);
    tau.forEach((value, at) =>
      expect(value).toBeCloseTo(1 - (0.1 * (1 + Math.cos((Math.PI * at) / (total - 1)))) / 2, 6),
    );
    expect(tau.slice(0, -1).every((value) => value < 1)).toBe(true);
    const steps = traces.of.trainer.calls
      .filter(({ signature }) => signature === 'train')
      .flatMap(({ feeds }) => (feeds['tau'] ?? []).map((_, at) => (feeds['step']?.[0] as number) + at));
    expect(steps).toEqual(Array.from({ length: total }, (_, at) => at));
  });

  test('every image at most once an epoch, in another order each time', async () => {
    await traces.of.pretrain(spec('orders'), 3);
    const indices = traces.of.trainer.fed('train', 'indices');
    const epochs = [0, 1, 2].map((epoch) => indices.slice(64 * epoch, 64 * (epoch + 1)));
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(64);
    expect(new Set(epochs.map(String)).size).toBe(3);
    const { unlabelled } = await traces.of.splits(1);
    expect(indices.every((place) => unlabelled.includes(place))).toBe(true);
  });

  test('views whose draws differ between the two views and between seeds, and not between epochs', async () => {
    const keysOf = async (seed: number) => {
      traces.of.trainer.calls = [];
      await traces.of.pretrain(spec('draws'), 2, seed);
      return traces.of.trainer.calls.filter(({ signature }) => signature === 'train').map(({ feeds }) => feeds['key']);
    };
    const [one, two] = [await keysOf(1), await keysOf(2)];
    expect(new Set(one.map(String)).size).toBe(1);
    expect(new Set([...(one[0] ?? []), ...(two[0] ?? [])]).size).toBe(4);
  });

  test('first weights and an order of each seed’s own', async () => {
    const of = async (seed: number, name: string) => {
      traces.of.trainer.calls = [];
      await traces.of.pretrain(spec(name), 1, seed);
      const [init] = traces.of.trainer.calls.filter(({ signature }) => signature === 'init');
      return { weights: init?.feeds['key'], order: traces.of.trainer.fed('train', 'indices') };
    };
    const [one, two] = [await of(1, 'own'), await of(2, 'own')];
    expect(one.weights).toHaveLength(1);
    expect(one.weights).not.toEqual(two.weights);
    expect(one.order).not.toEqual(two.order);
    expect(await of(1, 'own-again')).toEqual(one);
  });

  test('the same rates and tau to 8 images a step as to 2 times 4 (B4), with tau at its ends at the ends (B5)', async () => {
    await traces.of.pretrain(spec('whole'), 3);
    const [rates, tau] = [traces.of.trainer.fed('train', 'learning_rate'), traces.of.trainer.fed('train', 'tau')];
    traces.of.trainer.calls = [];
    await traces.of.pretrain(spec('halves', { batch: 4, accumulate: 2 }), 3);
    expect(traces.of.trainer.fed('apply', 'learning_rate')).toEqual(rates);
    expect(traces.of.trainer.fed('apply', 'tau')).toEqual(tau);
    expect(traces.of.trainer.fed('apply', 'optimizer_step')).toEqual(Array.from({ length: total }, (_, at) => at));
    expect(traces.of.trainer.fed('accumulate', 'indices')).toHaveLength(2 * 4 * total);
  });

  test('the same to a run that was cut after an epoch (C3)', async () => {
    await traces.of.pretrain(spec('unbroken'), 3);
    const trace = ['indices', 'learning_rate', 'tau'].map((name) => traces.of.trainer.fed('train', name));
    traces.of.trainer.calls = [];
    await traces.of.pretrain(spec('broken'), 1);
    await traces.of.pretrain(spec('broken'), 3);
    expect(['indices', 'learning_rate', 'tau'].map((name) => traces.of.trainer.fed('train', name))).toEqual(trace);
  });

  test('nothing where the checkpoint is another experiment’s, or of another dataset', async () => {
    const { store } = traces.of;
    const refused = (message: RegExp) => ({
      name: 'StateMismatchError',
      retryable: false,
      message: expect.stringMatching(message) as string,
    });
    await traces.of.pretrain(spec('theirs', { batch: 16 }), 1);
    for await (const { key } of store.list(keys.experimentRuns('theirs')))
      await store.put(key.replace('theirs', 'ours'), await store.get(key));
    await expect(traces.of.pretrain(spec('ours'), 2)).rejects.toMatchObject(
      refused(/^The checkpoint experiments\/ours\/.* was trained with another spec than "ours" has now/),
    );
    const own = traces.of.dataset;
    const classes = Array.from({ length: 10 }, (_, at) => String(at));
    try {
      traces.of.dataset = await keepDataset(store, classes, {
        train: barImages(200, 10, 1),
        test: barImages(20, 10, 2),
      });
      await expect(traces.of.pretrain(spec('theirs', { batch: 16 }), 1)).rejects.toMatchObject(
        refused(/another dataset than "theirs" has now/),
      );
    } finally {
      traces.of.dataset = own;
    }
  });

  test('by an engine with the threads of the checkpoint that it goes on from', async () => {
    await traces.of.pretrain(spec('threads'), 1);
    expect(new Set(traces.of.trainer.threads)).toEqual(new Set([undefined]));
    traces.of.trainer.threads = [];
    await traces.of.pretrain(spec('threads'), 2);
    expect(new Set(traces.of.trainer.threads)).toEqual(new Set([1]));
  });
});
