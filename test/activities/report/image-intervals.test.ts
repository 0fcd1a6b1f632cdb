import { imageIntervals } from '../../../activities/report/image-intervals';
import { predictionsCsv } from '../../../activities/formats/predictions-csv';
import { imageBootstrap, seedAndImageBootstrap } from '../../../report/bootstrap';
import type { ComparisonResult } from '../../../report/results';
import { sha256 } from '../../../storage/integrity';
import { bareComparisons } from '../../report/sample-results';
import type { ObjectStore } from '../../../storage/object-store';
import { useObjectStore } from '../../servers/object-store';

const objects = useObjectStore();

/** What a cell of a CSV file can be made to hold. */
const classes = ['oak, "old"\nash', 'дуб'];

/** Keeps predictions that are right where `bits` has a 1, under a key of their own, and says so in the result. */
async function keep(result: ComparisonResult, bits: string): Promise<ComparisonResult> {
  const truth = Array.from(bits, (_, at) => at % 2);
  const probabilities = Float64Array.from(
    truth.flatMap((label, at) => (Number(bits[at]) === label ? [0.2, 0.8] : [0.8, 0.2])),
  );
  const predictionsKey = `predictions/${result.arm}-${result.labels}-${result.seed}-${bits}`;
  return keepAs(result, predictionsKey, predictionsCsv(probabilities, truth, classes));
}

async function keepAs(result: ComparisonResult, predictionsKey: string, body: Buffer): Promise<ComparisonResult> {
  await objects.store.put(predictionsKey, body);
  return { ...result, test: { ...result.test, predictionsKey, predictionsSha256: sha256(body) } };
}

const pair = (baseline: string, arm: string) => ({
  baseline: Uint8Array.from(baseline, Number),
  arm: Uint8Array.from(arm, Number),
});
/** Two seeds with 5 and 9 labels, supervised and fine-tuned. */
const bare = () =>
  bareComparisons({ 5: { supervised: [0, 0], 'fine-tuned': [0, 0] }, 9: { supervised: [0, 0], 'fine-tuned': [] } });
const rightOf: Record<string, string> = {
  'supervised 5 11': '1100110010',
  'supervised 5 12': '1000110010',
  'fine-tuned 5 11': '1101110111',
  'fine-tuned 5 12': '1100111011',
  'supervised 9 11': '1111110000',
  'supervised 9 12': '1111111000',
};
const bitsOf = ({ arm, labels, seed }: ComparisonResult) => rightOf[`${arm} ${labels} ${seed}`] as string;

test('each arm is set beside the supervised one with as many labels and with more, seed by seed', async () => {
  const results = await Promise.all(bare().map((each) => keep(each, bitsOf(each))));
  const same = [pair('1100110010', '1101110111'), pair('1000110010', '1100111011')];
  const more = [pair('1111110000', '1101110111'), pair('1111111000', '1100111011')];
  expect(await imageIntervals(objects.store, results)).toEqual([
    { labels: 5, arm: 'fine-tuned', interval: imageBootstrap(same), withSeeds: seedAndImageBootstrap(same) },
    {
      labels: 5,
      arm: 'fine-tuned',
      against: 9,
      interval: imageBootstrap(more),
      withSeeds: seedAndImageBootstrap(more),
    },
  ]);
});

test('a seed whose predictions are of another number of images is left out', async () => {
  const results = await Promise.all(
    bare()
      .filter(({ labels }) => labels === 5)
      .map((each) => keep(each, each.seed === 12 && each.arm === 'supervised' ? '1' : bitsOf(each))),
  );
  const one = [pair('1100110010', '1101110111')];
  const expected = [{ labels: 5, arm: 'fine-tuned', interval: imageBootstrap(one), withSeeds: null }];
  expect(await imageIntervals(objects.store, results)).toEqual(expected);
});

test('predictions that are too many are not read, and nothing is said', async () => {
  const results = await Promise.all(bare().map((each) => keep(each, bitsOf(each))));
  const huge = {
    head: () => Promise.resolve({ bytes: 65 * 1024 * 1024 }),
    get: () => Promise.reject(new Error('read')),
  } as unknown as ObjectStore;
  expect(await imageIntervals(huge, results)).toEqual([]);
});

test('predictions that are gone, no CSV or not those that were written are named, and not read again and again', async () => {
  const [first] = bare() as [ComparisonResult];
  const kept = await keep(first, bitsOf(first));
  const key = kept.test.predictionsKey;
  const refusal = (name: string, message: string) => ({
    ...{ name, retryable: false },
    message: expect.stringContaining(message) as string,
  });
  const written = await objects.store.get(key);
  await objects.store.put(key, written.subarray(0, -2));
  const changed = refusal('ResultDamagedError', `${key} is not what this program wrote: by its SHA-256`);
  await expect(imageIntervals(objects.store, [kept])).rejects.toMatchObject(changed);
  await objects.store.delete(key);
  await expect(imageIntervals(objects.store, [kept])).rejects.toMatchObject(refusal('ResultMissingError', key));
  const odd = await keepAs(first, key, Buffer.from('image,label,predicted\n0,"oak,oak\n'));
  const noCsv = refusal('ResultDamagedError', `${key} is not what this program wrote: it is no CSV (`);
  await expect(imageIntervals(objects.store, [odd])).rejects.toMatchObject(noCsv);
});
