import { naturalOrder } from './class-order';
import type { ExaminedImage, LeftOutFile } from './examine';

/** An image of the training, validation or test split. */
export type LabelledImage = ExaminedImage & { label: string };

/** Which image is in which split, and the one order of classes that all of them share. */
export interface Arrangement {
  /** those that the training split has, numbers in names by value; an image's label is its place here */
  classes: string[];
  train: LabelledImage[];
  /** given by the source; otherwise empty, and drawn from train for each experiment */
  validation: LabelledImage[];
  test: LabelledImage[];
  unlabelled: ExaminedImage[];
  /** usable images that no split can take */
  leftOut: LeftOutFile[];
  remarks: string[];
  /** why no experiment can be made of this; null if one can */
  problem: string | null;
}

/**
 * Puts images into splits. Where the source has no labelled test images, they are taken by content: of each class's
 * pictures, ordered by the SHA-256 of their files, the first `testFraction`; files of equal stored pixels stay on one side. Every
 * class keeps one picture to train on. Images of classes that the training split lacks are left out and named: labels never shift.
 */
export function arrangeImages(used: readonly ExaminedImage[], testFraction: number): Arrangement {
  const labelled = used.flatMap((image): LabelledImage[] => {
    const { label, split } = image.file;
    return label === null || split === 'unlabelled' ? [] : [{ ...image, label: label.normalize('NFC') }];
  });
  const bySplit = (split: string) => labelled.filter(({ file }) => file.split === split);
  const [pool, given] = [labelled.filter(({ file }) => file.split === 'train' || file.split === null), bySplit('test')];
  const chosen = given.length > 0 ? new Set<string>() : testSide(pool, testFraction);
  const train = pool.filter(({ picture }) => !chosen.has(picture));
  const classes = [...new Set(train.map(({ label }) => label))].sort(naturalOrder);
  const known = new Set(classes);
  const [test, validation] = [
    given.length > 0 ? given : pool.filter(({ picture }) => chosen.has(picture)),
    bySplit('validation'),
  ];
  const strange = [...test, ...validation].filter(({ label }) => !known.has(label));
  const nameless = used.filter(
    ({ file }) => file.label === null && (file.split === 'test' || file.split === 'validation'),
  );
  const arrangement = {
    classes,
    train,
    validation: validation.filter(({ label }) => known.has(label)),
    test: test.filter(({ label }) => known.has(label)),
    unlabelled: used.filter(
      ({ file: { split, label } }) =>
        split === 'unlabelled' || (label === null && (split === 'train' || split === null)),
    ),
    leftOut: [
      ...strange.map(({ file, label }) =>
        leftOut(file, 'class not in train', `no image of train has its class "${label}"`),
      ),
      ...nameless.map(({ file }) => leftOut(file, 'no label', `it stands in ${file.split} and has no label`)),
    ],
  };
  return {
    ...arrangement,
    remarks: remarksOn(arrangement, strange, given.length === 0),
    problem: problemOf(arrangement),
  };
}

const leftOut = (file: ExaminedImage['file'], reason: string, detail: string): LeftOutFile => ({
  path: file.path,
  label: file.label,
  reason,
  detail,
  broken: false,
});

/** Pictures that are test images. */
function testSide(pool: LabelledImage[], fraction: number): Set<string> {
  const contents = new Map<string, Set<string>>();
  // Of the files that show a picture, the one with the smallest digest stands for it.
  const digests = new Map<string, string>();
  for (const { label, sha256, picture } of pool) {
    contents.set(label, (contents.get(label) ?? new Set()).add(picture));
    const known = digests.get(picture);
    if (known === undefined || sha256 < known) digests.set(picture, sha256);
  }
  const order = (a: string, b: string) => ((digests.get(a) as string) < (digests.get(b) as string) ? -1 : 1);
  const test = new Set<string>();
  const decided = new Set<string>();
  for (const label of [...contents.keys()].sort(naturalOrder)) {
    const own = [...(contents.get(label) as Set<string>)].sort(order);
    const wanted = own.length < 2 ? 0 : Math.min(own.length - 1, Math.max(1, Math.round(own.length * fraction)));
    // A picture that stands under two classes is decided by the first of them.
    const missing = wanted - own.filter((picture) => test.has(picture)).length;
    for (const picture of own.filter((one) => !decided.has(one)).slice(0, Math.max(0, missing))) test.add(picture);
    own.forEach((picture) => decided.add(picture));
  }
  return test;
}

type Splits = Pick<Arrangement, 'classes' | 'train' | 'validation' | 'test' | 'unlabelled'>;

function remarksOn(
  { classes, train, validation, test, unlabelled }: Splits,
  strange: LabelledImage[],
  byContent: boolean,
) {
  const remarks: string[] = [];
  const lacking = (of: LabelledImage[]) => classes.filter((name) => !of.some(({ label }) => label === name));
  const names = (of: string[]) => of.map((name) => `"${name}"`).join(', ');
  const unknown = [...new Set(strange.map(({ label }) => label))].sort(naturalOrder);
  if (unknown.length > 0)
    remarks.push(`train has no images of ${names(unknown)}: images of that name elsewhere are left out.`);
  if (test.length > 0 && lacking(test).length > 0)
    remarks.push(`test has no images of ${names(lacking(test))}: nothing is measured on that class.`);
  if (validation.length > 0 && lacking(validation).length > 0)
    remarks.push(`validation has no images of ${names(lacking(validation))}.`);
  if (byContent && test.length > 0)
    remarks.push(
      'There are no test images: a part of each class was taken for them, chosen by content; files of equal pixels stay together.',
    );
  if (unlabelled.length === 0 && train.length > 0)
    remarks.push('There are no unlabelled images: pretraining takes the training images without their labels.');
  return remarks;
}

function problemOf({ classes, train, test, unlabelled }: Splits): string | null {
  if (train.length === 0)
    return unlabelled.length === 0
      ? 'No file is an image that can be used.'
      : `There are ${unlabelled.length} images without labels and none with: put some into a folder for each class (or give a list of path and label), so that there is something to compare.`;
  if (classes.length < 2)
    return `All labelled images are of one class, "${classes[0]}"; a classifier needs two at least. Class folders lie straight in the source, or in train/.`;
  if (test.length === 0)
    return 'No image is left to test on: every class has one picture only (files of equal pixels count as one). Add images, or a test folder with the same classes.';
  return null;
}
