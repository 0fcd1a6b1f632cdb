import { naturalOrder } from './class-order';
import type { ExaminedImage, LeftOutFile } from './examine';
import { similarGroups } from './fingerprint';

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
 * Puts images into splits. Where the source has no labelled test images, they are taken by content: of each class,
 * ordered by the SHA-256 of the files, the first `testFraction` of its pictures; files that are equal or look the same
 * stay on one side. Every class keeps one picture to train on. Images of classes that the training split lacks are left
 * out and named: labels never shift.
 */
export function arrangeImages(used: readonly ExaminedImage[], testFraction: number): Arrangement {
  const labelled = used.flatMap((image): LabelledImage[] => {
    const { label, split } = image.file;
    return label === null || split === 'unlabelled' ? [] : [{ ...image, label: label.normalize('NFC') }];
  });
  const bySplit = (split: string) => labelled.filter(({ file }) => file.split === split);
  const [pool, given] = [labelled.filter(({ file }) => file.split === 'train' || file.split === null), bySplit('test')];
  const chosen = given.length > 0 ? new Set<ExaminedImage>() : testSide(pool, testFraction);
  const train = pool.filter((image) => !chosen.has(image));
  const classes = [...new Set(train.map(({ label }) => label))].sort(naturalOrder);
  const known = new Set(classes);
  const [test, validation] = [
    given.length > 0 ? given : pool.filter((image) => chosen.has(image)),
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

/** The images to test on: of each class no more than the fraction, unless its smallest picture is more. */
function testSide(pool: LabelledImage[], fraction: number): Set<ExaminedImage> {
  const pictures = picturesOf(pool);
  const pictureOf = ({ sha256 }: ExaminedImage) => pictures.get(sha256) as string;
  const ofClasses = new Map<string, string[]>();
  for (const image of pool) {
    const own = ofClasses.get(image.label);
    if (own) own.push(pictureOf(image));
    else ofClasses.set(image.label, [pictureOf(image)]);
  }
  const test = new Set<string>();
  const decided = new Set<string>();
  for (const [, own] of [...ofClasses].sort(([a], [b]) => naturalOrder(a, b))) {
    for (const picture of testPictures(own, fraction, test, decided)) test.add(picture);
    // A picture that stands under two classes is decided by the first of them.
    for (const picture of own) decided.add(picture);
  }
  return new Set(pool.filter((image) => test.has(pictureOf(image))));
}

/** @param own the picture of each file of a class */
function testPictures(
  own: readonly string[],
  fraction: number,
  test: ReadonlySet<string>,
  decided: ReadonlySet<string>,
): string[] {
  const files = new Map<string, number>();
  for (const picture of own) files.set(picture, (files.get(picture) ?? 0) + 1);
  let room = Math.max(1, Math.round(own.length * fraction)) - own.filter((picture) => test.has(picture)).length;
  let most = files.size - 1 - [...files.keys()].filter((picture) => test.has(picture)).length;
  const open = [...files].filter(([picture]) => !decided.has(picture)).sort(([a], [b]) => (a < b ? -1 : 1));
  const fitting = open.filter(([, count]) => {
    if (count > room || most <= 0) return false;
    room -= count;
    most--;
    return true;
  });
  const smallest = open.toSorted(([, a], [, b]) => a - b).slice(0, Math.max(0, Math.min(1, most)));
  const untested = fitting.length === 0 && own.every((picture) => !test.has(picture));
  return (untested ? smallest : fitting).map(([picture]) => picture);
}

/** What each file shows, by its SHA-256: the least digest of those that look the same. Does not depend on names or order. */
function picturesOf(pool: readonly ExaminedImage[]): Map<string, string> {
  const contents = [...new Map(pool.map((image) => [image.sha256, image])).values()].sort((a, b) =>
    a.sha256 < b.sha256 ? -1 : 1,
  );
  const pictures = new Map(contents.map(({ sha256 }) => [sha256, sha256]));
  for (const group of similarGroups(contents.map(({ fingerprint }) => fingerprint)))
    for (const place of group)
      pictures.set((contents[place] as ExaminedImage).sha256, (contents[group[0] as number] as ExaminedImage).sha256);
  return pictures;
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
    remarks.push('There are no test images: a part of each class was taken for them, chosen by the files’ content.');
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
    return 'No image is left to test on: every class has one picture only (files that look the same count as one). Add images, or a test folder with the same classes.';
  return null;
}
