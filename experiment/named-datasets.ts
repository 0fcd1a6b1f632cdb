import type { z } from 'zod';
import type { dataset } from './datasets';

/** What is known of a dataset before it is fetched. */
export interface DatasetFacts {
  /** Images with labels that training may use (validation is drawn from them, or given), and the test split. */
  train: number;
  test: number;
  /** Of `train`, where the source says which images are for choosing settings. */
  validation?: number;
  /** Images of a split without labels; absent where the training images serve. */
  unlabelled?: number;
  /** Of the fewest-pictured class in `train`. */
  smallestClass: number;
  classes: number;
  channels: 1 | 3;
  /** Height and width as published, pixels: of the shorter side where images differ. */
  pixels: number;
}

/** A public dataset by its name: `data=NAME`. */
export interface NamedDataset {
  note: string;
  /** Who may use it for what, as its authors say. */
  licence: string;
  /** The authors' page. */
  home: string;
  dataset: z.input<typeof dataset>;
  facts: DatasetFacts;
}

const mnist: NamedDataset = {
  note: 'Handwritten digits, 28x28 grey; 60,000 and 10,000. From the mirror that torchvision uses, md5 checked.',
  licence: 'CC BY-SA 3.0 (Yann LeCun, Corinna Cortes)',
  home: 'http://yann.lecun.com/exdb/mnist/',
  dataset: {
    kind: 'mnist-idx',
    source: 'https://ossci-datasets.s3.amazonaws.com/mnist',
    md5: {
      'train-images-idx3-ubyte.gz': 'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'train-labels-idx1-ubyte.gz': 'd53e105ee54ea40749a09fcbcd1e9432',
      't10k-images-idx3-ubyte.gz': '9fb629c4189551a2d022fa330f9573f3',
      't10k-labels-idx1-ubyte.gz': 'ec29112dd5afa0611ce80d1b7f02629c',
    },
  },
  facts: { train: 60_000, test: 10_000, smallestClass: 5421, classes: 10, channels: 1, pixels: 28 },
};

const fashionMnist: NamedDataset = {
  note: "Zalando's articles of clothing, 28x28 grey; 60,000 and 10,000. Md5 checked.",
  licence: 'MIT (Zalando SE)',
  home: 'https://github.com/zalandoresearch/fashion-mnist',
  dataset: {
    kind: 'mnist-idx',
    source: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com',
    md5: {
      'train-images-idx3-ubyte.gz': '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      'train-labels-idx1-ubyte.gz': '25c81989df183df01b3e8a0aad5dffbe',
      't10k-images-idx3-ubyte.gz': 'bef4ecab320f06d8554ea6380940ec79',
      't10k-labels-idx1-ubyte.gz': 'bb300cfdad3c16e7a12a480ee83cd310',
    },
    classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  },
  facts: { train: 60_000, test: 10_000, smallestClass: 6000, classes: 10, channels: 1, pixels: 28 },
};

const cifar = (kind: 'cifar10' | 'cifar100', archive: string, note: string, classes: number): NamedDataset => ({
  note,
  licence: 'none stated; the authors ask to cite Krizhevsky 2009',
  home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  dataset: { kind, source: `https://www.cs.toronto.edu/~kriz/${archive}` },
  facts: { train: 50_000, test: 10_000, smallestClass: 50_000 / classes, classes, channels: 3, pixels: 32 },
});

/** The archive's own address; dataset.source=/path/to/stl10_binary.tar.gz reads a local copy. */
export const stl10Archive = 'http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz';
const stl10: NamedDataset = {
  note: '96x96 in colour: 100,000 without labels, 5,000 and 8,000 with; 2.6 GB. Md5 of every file checked.',
  licence: 'none stated; images from ImageNet, for research',
  home: 'https://cs.stanford.edu/~acoates/stl10/',
  dataset: { kind: 'stl10', source: stl10Archive },
  facts: { train: 5000, test: 8000, unlabelled: 100_000, smallestClass: 500, classes: 10, channels: 3, pixels: 96 },
};

/** Imagenette's folders are ImageNet's numbers of the classes. */
const imagenetteNames = {
  n01440764: 'tench',
  n02102040: 'English springer',
  n02979186: 'cassette player',
  n03000684: 'chain saw',
  n03028079: 'church',
  n03394916: 'French horn',
  n03417042: 'garbage truck',
  n03425413: 'gas pump',
  n03445777: 'golf ball',
  n03888257: 'parachute',
};

const imagenette: NamedDataset = {
  note:
    'Ten easy classes of ImageNet, shorter side 160, in colour; 9,469 to train on, of which a fifth is the test split, ' +
    'and 3,925 (the folder val) to choose settings on; 99 MB. Size and digests checked.',
  licence: 'Apache-2.0 (fast.ai); the images as ImageNet has them',
  home: 'https://github.com/fastai/imagenette',
  dataset: {
    kind: 'images',
    source: 'https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz',
    // md5 as torchvision's datasets/imagenette.py has it, SHA-256 and size as tensorflow_datasets' checksums.tsv.
    archive: {
      bytes: 99_003_388,
      md5: 'e793b78cc4c9e9a4ccc0c1155377a412',
      sha256: '64d0c4859f35a461889e0147755a999a48b49bf38a7e0f9bd27003f10db02fe5',
    },
    classNames: imagenetteNames,
    size: 128,
  },
  facts: {
    train: 7575 + 3925,
    test: 1894,
    validation: 3925,
    smallestClass: 686,
    classes: 10,
    channels: 3,
    pixels: 160,
  },
};

/** Every named dataset; digests are those that the authors, or torchvision, publish. */
export const namedDatasets: Readonly<Record<string, NamedDataset>> = {
  mnist,
  'fashion-mnist': fashionMnist,
  cifar10: cifar(
    'cifar10',
    'cifar-10-binary.tar.gz',
    'Ten kinds of animals and vehicles, 32x32 in colour; 50,000 and 10,000; 170 MB. Size and md5 of the archive checked.',
    10,
  ),
  cifar100: cifar(
    'cifar100',
    'cifar-100-binary.tar.gz',
    'A hundred fine classes, 32x32 in colour; 50,000 and 10,000; 169 MB. Size and md5 of the archive checked.',
    100,
  ),
  stl10,
  'stl10-folds': {
    ...stl10,
    note: 'STL10 with its ten folds of 1,000 labelled images: seed s trains on fold s mod 10.',
    dataset: { kind: 'stl10', source: stl10Archive, folds: true },
    facts: { ...stl10.facts, train: 1000 + 500, validation: 500, smallestClass: 100 },
  },
  imagenette,
};
