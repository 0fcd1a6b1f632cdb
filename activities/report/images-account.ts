import type { DatasetManifest } from '../../datasets/manifest';
import { parseJson, readBlob } from '../../datasets/read';
import { surveySchema, type Survey } from '../../datasets/images/survey';
import type { ExperimentResults } from '../../report/results';
import type { ObjectStore } from '../../storage/object-store';

/** What the report says of the files of images of one's own; undefined for other datasets. */
export async function imagesAccount(
  store: ObjectStore,
  manifest: DatasetManifest,
): Promise<ExperimentResults['images']> {
  if (manifest.survey === undefined) return undefined;
  const survey = surveySchema.safeParse(parseJson(await readBlob(store, manifest.survey.sha256))).data;
  if (!survey) return undefined;
  const { found, used, layout, sizes, classes, remarks } = survey;
  return {
    ...{ found, used, layout, sizes, classes, remarks },
    skipped: survey.skipped.map(({ reason, count, files }) => ({
      reason,
      count,
      files: files.map(({ path }) => path),
    })),
    overlaps: overlapsOf(survey),
  };
}

function overlapsOf({ duplicates, leakage, conflicts, classes }: Survey) {
  // Drawn by place: where a picture stands more than once, one file of it may choose settings that another was trained on.
  const drawn = classes.every(({ validation }) => validation === 0);
  const both = drawn
    ? ' (some may be in training and in the validation split, which chooses the settings of every arm)'
    : '';
  const groups = [
    ['files of equal bytes', duplicates.same],
    ['pictures that look the same', duplicates.similar],
  ] as const;
  return [
    ...groups.map(([what, { pictures, examples }]) => ({
      what: `${what}${both}`,
      count: pictures,
      example: (examples[0] ?? []).join(' = '),
    })),
    ...leakage.map(({ from, to, same, similar, examples }) => ({
      what:
        (same === 0
          ? `${to} images that look the same as one in ${from}`
          : `${to} images whose picture is in ${from} too${similar > 0 ? `, ${same} of them of equal bytes` : ''}`) +
        (from === 'unlabelled'
          ? ' (the encoder has seen them, without labels)'
          : ' (the accuracy is flattered by them)'),
      count: same + similar,
      example: (examples[0] ?? []).join(' = '),
      flatters: to === 'test' && from !== 'unlabelled',
    })),
    {
      what: 'pictures under more than one class',
      count: conflicts.pictures,
      example: (conflicts.examples[0] ?? []).map(({ path, label }) => `${path} (${label})`).join(' = '),
    },
  ]
    .filter(({ count }) => count > 0)
    .map((each) => ({ flatters: false, ...each }));
}
