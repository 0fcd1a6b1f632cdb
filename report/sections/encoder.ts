import { encoderCurves } from '../figures/curves';
import { featureMap } from '../figures/feature-map';
import type { ExperimentResults } from '../results';
import { section, type Section } from './section';

/** What the pretrained encoder does: its curves, a map of test images, and which of them it holds for alike. */
export function encoderSection(results: ExperimentResults): Section | null {
  const { pretraining, neighbours, map, dataset } = results;
  const curves = encoderCurves(pretraining);
  if (curves.length === 0 && neighbours.length === 0 && map.length === 0) return null;
  return section('What the encoder learned', [
    {
      notes: [
        'Measured without any label in pretraining; the kNN figure uses labels of training images to read the encoder, and ' +
          'trains nothing. Map and neighbours are of the first seed and of test images, and decided nothing.',
      ],
    },
    { figures: curves },
    { figures: map.length > 0 ? [featureMap(map, dataset.classes)] : [], wide: true },
    {
      pictures: neighbours.map(({ query, nearest }) => ({
        caption: `A test image of the class ${query.label} (framed), and the test images that the encoder holds for most alike, the nearest first; ${rightOf(query.label, nearest)}`,
        images: [query, ...nearest],
      })),
    },
  ]);
}

const rightOf = (label: string, nearest: { label: string }[]): string =>
  `${nearest.filter((each) => each.label === label).length} of ${nearest.length} are of its class`;
