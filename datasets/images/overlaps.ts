import { z } from 'zod';
import type { Arrangement } from './arrangement';
import type { ExaminedImage } from './examine';
import { similarGroups } from './fingerprint';

const count = z.int().min(0);
const groups = z.strictObject({
  /** pictures that stand there more than once */
  pictures: count,
  /** files of them */
  files: count,
  /** the first of them */
  examples: z.array(z.array(z.string())),
});

/** Part of the survey. */
export const overlapSchema = {
  /** same: files of equal bytes. similar: other bytes, and a perceptual hash within 4 of 64 bits and nearly the same thumbnail */
  duplicates: z.strictObject({ same: groups, similar: groups }),
  /** images of the second split whose picture is in the first one too, with an example of both */
  leakage: z.array(
    z.strictObject({
      from: z.enum(['train', 'validation', 'unlabelled']),
      to: z.enum(['test', 'validation']),
      same: count,
      similar: count,
      examples: z.array(z.tuple([z.string(), z.string()])),
    }),
  ),
  /** files of equal bytes under more than one class */
  conflicts: z.strictObject({
    pictures: count,
    examples: z.array(z.array(z.strictObject({ path: z.string(), label: z.string() }))),
  }),
};
type Overlaps = z.output<z.ZodObject<typeof overlapSchema>>;

const mostExamples = 20;
/** Most files that one example names. */
const mostFiles = 10;

/** Which pictures stand in the splits more than once. */
export function overlaps(arrangement: Arrangement): Overlaps {
  const splits = ['train', 'validation', 'test', 'unlabelled'] as const;
  const images = splits.flatMap((split) => arrangement[split].map((image) => ({ ...image, split })));
  const byContent = new Map<string, Placed[]>();
  for (const image of images) {
    const files = byContent.get(image.sha256);
    if (files) files.push(image);
    else byContent.set(image.sha256, [image]);
  }
  const contents = [...byContent.values()];
  const similar = similarGroups(contents.map(([image]) => (image as Placed).fingerprint)).map((places) =>
    places.map((place) => contents[place] as Placed[]),
  );
  const conflicts = contents.filter((files) => new Set(files.flatMap(({ label }) => label ?? [])).size > 1);
  const same = contents.filter((files) => files.length > 1);
  return {
    duplicates: {
      same: grouped(same),
      similar: grouped(similar.map((group) => group.map(([image]) => image as Placed))),
    },
    leakage: leaks.flatMap(([from, to]) => leakage(from, to, same, similar)),
    conflicts: {
      pictures: conflicts.length,
      examples: conflicts
        .slice(0, mostExamples)
        .map((files) =>
          files
            .flatMap(({ file: { path }, label }) => (label === undefined ? [] : [{ path, label }]))
            .slice(0, mostFiles),
        ),
    },
  };
}

type Split = 'train' | 'validation' | 'test' | 'unlabelled';
type Placed = ExaminedImage & { split: Split; label?: string };

const leaks = [
  ['train', 'test'],
  ['validation', 'test'],
  ['train', 'validation'],
  ['unlabelled', 'test'],
] as const;

const grouped = (found: Placed[][]) => ({
  pictures: found.length,
  files: found.reduce((sum, files) => sum + files.length, 0),
  examples: found.slice(0, mostExamples).map((files) => files.slice(0, mostFiles).map(({ file }) => file.path)),
});

function leakage(
  from: (typeof leaks)[number][0],
  to: (typeof leaks)[number][1],
  same: Placed[][],
  similar: Placed[][][],
): Overlaps['leakage'] {
  const examples: [string, string][] = [];
  const leaked = (groups: Placed[][]) => {
    const seen = new Set<string>();
    for (const files of groups) {
      const first = files.find(({ split }) => split === from);
      for (const { file, split } of files) {
        if (!first || split !== to) continue;
        seen.add(file.path);
        examples.push([first.file.path, file.path]);
      }
    }
    return seen;
  };
  const equal = leaked(same);
  const alike = leaked(similar.map((group) => group.flat()));
  const both = [...alike].filter((path) => equal.has(path)).length;
  if (equal.size + alike.size === 0) return [];
  return [{ from, to, same: equal.size, similar: alike.size - both, examples: examples.slice(0, mostExamples) }];
}
