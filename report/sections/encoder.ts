import { encoderCurves } from '../figures/curves';
import { featureMap } from '../figures/feature-map';
import type { ExperimentResults } from '../results';
import { section, type Section } from './section';

/** What the pretrained encoder does: its curves, a map of test images, and which of them it holds for alike. */
export function encoderSection(results: ExperimentResults): Section | null {
  const { pretraining, neighbours, map, dataset } = results;
  const figures = [...encoderCurves(pretraining), ...(map.length > 0 ? [featureMap(map, dataset.classes)] : [])];
  if (figures.length === 0 && neighbours.length === 0) return null;
  return section('What the encoder learned', {
    notes: [
      'Measured without any label in pretraining; the kNN figure uses labels of training images to read the encoder, and ' +
        'trains nothing. Map and neighbours are of the first seed and of test images, and decided nothing.',
    ],
    figures,
    pictures: neighbours.map(({ query, nearest }) => ({
      caption: `Nearest to a test image of the class ${query.label}:`,
      images: [query, ...nearest],
    })),
  });
}
