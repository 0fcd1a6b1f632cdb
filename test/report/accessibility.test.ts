import { renderReport } from '../../report/render';
import { darkestShade, style } from '../../report/html/style';
import { fullResults, probeOnly, sampleResults } from './sample-results';

/** WCAG 2.2's relative luminance of '#rrggbb'. */
function luminance(rgb: readonly number[]): number {
  const [r, g, b] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? NaN) + 0.7152 * (g ?? NaN) + 0.0722 * (b ?? NaN);
}
const contrast = (a: readonly number[], b: readonly number[]): number => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((light ?? NaN) + 0.05) / ((dark ?? NaN) + 0.05);
};
const rgbOf = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);

/** The page's colours: the first list is light, the second dark. */
const palettes = [...style.matchAll(/--paper: [^}]*/g)].map(
  ([list]) =>
    new Map([...list.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, rgbOf(hex ?? '')])),
);

describe.each([
  ['light', 0],
  ['dark', 1],
])('%s', (_name, at) => {
  const color = (name: string): number[] => palettes[at]?.get(name) ?? [];

  test.each([
    ['ink', 'paper'],
    ['faint', 'paper'],
    ['ink', 'panel'],
    ['ink', 'alarm-paper'],
  ])('text in %s on %s has a contrast of 4.5', (text, ground) => {
    expect(contrast(color(text), color(ground))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['supervised', 'fine-tuned', 'linear-probe', 'alarm'])('marks in %s have a contrast of 3', (name) => {
    expect(contrast(color(name), color('paper'))).toBeGreaterThanOrEqual(3);
  });

  test('figures on the darkest shade of a table have a contrast of 4.5', () => {
    const shade = color('fine-tuned').map(
      (value, i) => darkestShade * value + (1 - darkestShade) * (color('paper')[i] ?? NaN),
    );
    expect(contrast(color('ink'), shade)).toBeGreaterThanOrEqual(4.5);
  });
});

/** Every section, an experiment without fine-tuning, one that is not valid. */
const pages = [
  ['full', fullResults()],
  ['probe', probeOnly()],
  ['collapsed', sampleResults(undefined, 0.03)],
] as const;

describe.each(pages)('the %s page', (_name, results) => {
  const { html } = renderReport(results);
  const all = (pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, part]) => part ?? '');
  const repeated = (names: string[]) => names.filter((name, at) => names.indexOf(name) !== at);

  test('says its language and its title, and has one main part and one first heading', () => {
    expect(html).toMatch(/<html lang="en">/);
    expect(html).toMatch(/<title>[^<]{10,}<\/title>/);
    expect(all(/<(main)>/g)).toHaveLength(1);
    expect(all(/<(h1)>/g)).toHaveLength(1);
    expect(
      all(/<h([1-6])/g)
        .map(Number)
        .every((level, at, levels) => level <= (levels[at - 1] ?? 0) + 1),
    ).toBe(true);
  });

  test('names what can be scrolled, each by a name of its own, and reaches it by keyboard', () => {
    const regions = all(/<(?:div|pre)([^>]* role="region"[^>]*)>/g);
    expect(regions.length).toBeGreaterThan(5);
    for (const region of regions)
      expect(region).toMatch(/tabindex="0".*aria-label="[^"]+"|aria-label="[^"]+".*tabindex="0"/);
    expect(repeated(regions.map((region) => /aria-label="([^"]*)"/.exec(region)?.[1] ?? ''))).toEqual([]);
    expect(repeated(all(/ id="([^"]*)"/g))).toEqual([]);
  });

  test('heads every column and row of its tables, with as many cells in each row', () => {
    const tables = all(/<table>(.*?)<\/table>/gs);
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) {
      const rows = table.split('</tr>').slice(0, -1);
      const cells = rows.map((row) => (row.match(/<t[hd][ >]/g) ?? []).length);
      expect(new Set(cells).size).toBe(1);
      expect(rows[0]?.match(/<th scope="col"/g)).toHaveLength(cells[0] ?? 0);
      for (const row of rows.slice(1)) expect(row).toMatch(/<tr[^>]*><th scope=row/);
    }
  });

  test('has a text for every picture and drawing', () => {
    const images = all(/<img ([^>]*)>/g);
    for (const image of images) expect(image).toMatch(/alt="[^"]+"/);
    const drawings = html.match(/<svg xmlns/g) ?? [];
    expect(html.match(/<div role="img" aria-label="[^"]{40,}"><svg xmlns/g)).toHaveLength(drawings.length);
  });
});
