import { knnImages } from '../../experiment/knn-images';
import { encoderCurves } from '../figures/curves';
import { featureMap } from '../figures/feature-map';
import type { ExperimentResults } from '../results';
import { counted } from '../wording';
import { section, type Section } from './section';

/** What the pretrained encoder does: its curves, a map of test images, and which of them it holds for alike. */
export function encoderSection(results: ExperimentResults): Section | null {
  const { pretraining, neighbours, map, dataset } = results;
  const curves = encoderCurves(pretraining);
  if (curves.length === 0 && neighbours.length === 0 && map.length === 0) return null;
  return section('What the encoder learned', [
    {
      notes: [
        `Measured without any label in pretraining${voters(dataset.counts)}. ` +
          'Map and neighbours are of the first seed and of test images, and decided nothing.',
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

/** Who has a part in the kNN figure, where it could be measured. */
function voters({ unlabelled = 0, train = 0, validation = 0 }: ExperimentResults['dataset']['counts']): string {
  const { bank, queries } = knnImages(unlabelled);
  const [voting, classed] = [Math.min(bank, train), Math.min(queries, validation)];
  if (voting < 2 || classed === 0) return '';
  return `; the kNN figure lets ${counted(voting, 'labelled training image')} vote on ${counted(classed, 'validation image')}, and trains nothing`;
}

const rightOf = (label: string, nearest: { label: string }[]): string =>
  `${nearest.filter((each) => each.label === label).length} of ${nearest.length} are of its class`;
