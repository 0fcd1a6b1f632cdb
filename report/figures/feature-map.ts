import type { ExperimentResults } from '../results';
import { counted } from '../wording';
import { colors, type Figure } from './chart';

const size = 520;
const margin = 24;
const picture = 26;
/** Classes up to which colours can be told apart, and are named. */
const mostNamed = 20;
const legend = { columns: 4, line: 24, longest: 14 };

/** A hue for each class, far from its neighbour's; legible on light and dark. */
const hueOf = (label: number): number => Math.round((label * 137.508) % 360);

/** UMAP of features: a dot for each image in its class's hue, and some of the pictures themselves. */
export function featureMap(map: ExperimentResults['map'], classes: readonly string[]): Figure {
  const [xs, ys] = [map.map(({ x }) => x), map.map(({ y }) => y)];
  const scale = (values: number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value: number) => margin + ((value - low) / Math.max(1e-9, high - low)) * (size - 2 * margin);
  };
  const [toX, toY] = [scale(xs), scale(ys)];
  const number = (value: number) => value.toFixed(1);
  const dots = map.map(
    ({ x, y, label }) =>
      `<circle cx="${number(toX(x))}" cy="${number(toY(y))}" r="3" fill="hsl(${hueOf(label)} 65% 50%)" fill-opacity="0.75"/>`,
  );
  const pictures = map.flatMap(({ x, y, label, source }) =>
    source === undefined
      ? []
      : [
          `<image x="${number(toX(x) - picture / 2)}" y="${number(toY(y) - picture / 2)}" width="${picture}" height="${picture}" href="${source}"/>`,
          `<rect x="${number(toX(x) - picture / 2)}" y="${number(toY(y) - picture / 2)}" width="${picture}" height="${picture}" fill="none" stroke="hsl(${hueOf(label)} 65% 50%)" stroke-width="1.5"/>`,
        ],
  );
  const names = legendOf(classes);
  return {
    id: 'feature-map',
    title: 'Test images as the encoder places them (UMAP), coloured by class: classes that lie apart are easy to tell',
    description: `A map of ${counted(map.length, 'image')} of ${counted(new Set(map.map(({ label }) => label)).size, 'class')} of ${classes.length}; near images have similar features.`,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size + names.height}">${dots.join('')}${pictures.join('')}${names.svg}</svg>`,
  };
}

/** The classes' names beside their colours, below the map; nothing where they are too many. */
function legendOf(classes: readonly string[]): { svg: string; height: number } {
  if (classes.length > mostNamed) return { svg: '', height: 0 };
  const entries = classes.map((name, label) => {
    const x = margin + (label % legend.columns) * ((size - 2 * margin) / legend.columns);
    const y = size + (Math.floor(label / legend.columns) + 0.5) * legend.line;
    const short = name.length > legend.longest ? `${name.slice(0, legend.longest - 1)}\u2026` : name;
    return (
      `<circle cx="${x.toFixed(1)}" cy="${y}" r="6" fill="hsl(${hueOf(label)} 65% 50%)"/>` +
      `<text x="${(x + 12).toFixed(1)}" y="${y + 5}" font-size="15" fill="${colors.ink}">${escaped(short)}</text>`
    );
  });
  return { svg: entries.join(''), height: Math.ceil(classes.length / legend.columns) * legend.line };
}

/** Names come from outside. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
