import { imagesAccount } from '../../../activities/report/images-account';
import { surveySchema, type Survey } from '../../../datasets/images/survey';
import type { DatasetManifest } from '../../../datasets/manifest';
import { storeBlob } from '../../../datasets/shards';
import { imagesAccount as schema } from '../../../report/results';
import { useObjectStore } from '../../servers/object-store';

const objects = useObjectStore();

const side = (width: number, height: number) => ({ width, height });
const survey: Survey = surveySchema.parse({
  format: 'durable-byol-survey/1',
  layout: { size: 64, channels: 3, fit: 'crop' },
  found: 12,
  used: 10,
  skipped: [
    { reason: 'cut short', broken: true, count: 2, files: [{ path: 'ash/1.jpg', detail: 'the file ends early' }] },
  ],
  splits: { train: 5, validation: 2, test: 3, unlabelled: 0 },
  classes: [{ name: 'ash', train: 5, validation: 2, test: 3, skipped: 2 }],
  formats: { jpeg: 10 },
  traits: {},
  sizes: { smallest: side(20, 30), median: side(40, 50), largest: side(60, 70) },
  duplicates: {
    same: { pictures: 1, files: 2, examples: [['a.png', 'b.png']] },
    similar: { pictures: 0, files: 0, examples: [] },
  },
  leakage: [
    { from: 'train', to: 'test', same: 1, similar: 1, examples: [['train/a.png', 'test/b.png']] },
    { from: 'unlabelled', to: 'test', same: 0, similar: 3, examples: [] },
    { from: 'train', to: 'validation', same: 0, similar: 0, examples: [] },
  ],
  conflicts: {
    pictures: 1,
    examples: [
      [
        { path: 'ash/x.png', label: 'ash' },
        { path: 'elm/x.png', label: 'elm' },
      ],
    ],
  },
  remarks: ['The folder "fir" is empty: it makes no class.'],
  problem: null,
});

async function accountOf(text: string) {
  const manifest = { survey: await storeBlob(objects.store, Buffer.from(text)) } as unknown as DatasetManifest;
  return imagesAccount(objects.store, manifest);
}

test('the survey comes into the report: counts, names of what was skipped, and what stands more than once', async () => {
  const account = await accountOf(JSON.stringify(survey));
  const { found, used, sizes, classes, remarks } = survey;
  expect(account).toMatchObject({ found, used, sizes, classes, remarks, layout: { size: 64, fit: 'crop' } });
  expect(account?.skipped).toEqual([{ reason: 'cut short', count: 2, files: ['ash/1.jpg'] }]);
  expect(account?.overlaps).toEqual([
    { what: 'files of equal bytes', count: 1, example: 'a.png = b.png', flatters: false },
    {
      what: 'test images whose picture is in train too, 1 of them of equal bytes (the accuracy is flattered by them)',
      count: 2,
      example: 'train/a.png = test/b.png',
      flatters: true,
    },
    {
      what: 'test images that look the same as one in unlabelled (the encoder has seen them, without labels)',
      count: 3,
      example: '',
      flatters: false,
    },
    {
      what: 'pictures under more than one class',
      count: 1,
      example: 'ash/x.png (ash) = elm/x.png (elm)',
      flatters: false,
    },
  ]);
  schema.parse(account);
});

test('other datasets have no such account, and a survey of another version is passed over', async () => {
  expect(await imagesAccount(objects.store, {} as DatasetManifest)).toBeUndefined();
  expect(await accountOf(JSON.stringify({ ...survey, format: 'durable-byol-survey/2' }))).toBeUndefined();
});
