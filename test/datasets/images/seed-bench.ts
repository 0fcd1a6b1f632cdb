import { join } from 'node:path';
import type { ImportedDataset } from '../../../datasets/import';
import { listImages } from '../../../datasets/images/listing';
import { surveyImages } from '../../../datasets/images/survey';
import { splitNames } from '../../../datasets/manifest';
import { readNames } from '../../../datasets/read';
import type { DatasetOf } from '../../../experiment/datasets';
import { startImportingBench, type ImportingBench } from '../importing-bench';
import { seedColours, writeSeed } from './seed';

/** The object store of this file's tests. */
export let bench: ImportingBench;
/** The seed set of this test, its own to change. */
export let root: string;
let roots = 0;

/** Each test of the file that calls this begins with a seed set and an empty bucket of its own. */
export function useSeedSets(): void {
  jest.setTimeout(120_000);
  beforeAll(async () => {
    bench = await startImportingBench();
  });
  afterAll(() => bench.stop());
  beforeEach(async () => {
    bench.begin();
    root = join(bench.folder, `seed-${roots++}`);
    await writeSeed(root);
  });
}

type Images = DatasetOf<'images'>;
export const spec = (over: Partial<Images> = {}): Images => ({
  ...{ kind: 'images', source: root, size: 16, channels: 3, fit: 'crop', unlabelled: 'all' },
  ...{ validation: 0.2, test: 0.2, tolerate: 0.05, ...over },
});
const layout = { size: 16, channels: 3, fit: 'crop' } as const;
const signal = new AbortController().signal;
export const survey = async (of = root) =>
  surveyImages(await listImages(of, { scratch: bench.folder, signal, onProgress: () => {} }), layout, 0.2, { signal });
export const oak = seedColours['oak'] as [number, number, number];
export const elm = seedColours['elm'] as [number, number, number];

/** What the stored dataset says of each file: its split, class and mean colour. */
export async function stored(imported: ImportedDataset) {
  const { manifest } = imported;
  const found: Record<string, { split: string; label: string | null; colour: number[] }> = {};
  for (const split of splitNames) {
    if (!manifest.splits[split]) continue;
    const names = (await readNames(bench.store(), manifest, split)) as string[];
    const images = await bench.images(imported, split);
    const labels = split === 'unlabelled' ? null : await bench.labels(imported, split);
    names.forEach((path, at) => {
      const middle = (at * 16 * 16 + 8 * 16 + 8) * 3;
      const label = labels ? (manifest.classes[labels[at] as number] as string) : null;
      found[path] = { split, label, colour: [...images.subarray(middle, middle + 3)] };
    });
  }
  return found;
}

/** Every labelled image has its folder's class and its class's colour: nothing was shifted. */
export function expectRightLabels(found: Awaited<ReturnType<typeof stored>>) {
  for (const [path, { label, colour }] of Object.entries(found)) {
    if (label === null) continue;
    expect(path.split('/').at(-2)).toBe(label);
    colour.forEach((value, at) => expect(Math.abs(value - (seedColours[label]?.[at] ?? 0))).toBeLessThan(12));
  }
}
