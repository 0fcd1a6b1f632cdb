import type { createColors } from 'picocolors';
import stringWidth from 'string-width';

export type Tone = 'plain' | 'dim' | 'strong' | 'good' | 'bad' | 'busy' | 'warn';

/** Text in one tone. Lines are cut and wrapped as spans, and become escape sequences last. */
export interface Span {
  text: string;
  tone?: Tone;
}
export type Line = Span[];

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text: clean(text), tone });

/** Text from elsewhere (a failure's message) without anything that a terminal would obey. */
export const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');

/** Columns that a text takes in a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks. */
export const widthOf = (text: string): number => stringWidth(text);

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(text), 0);

const graphemes = new Intl.Segmenter();

/** The line, cut to `width` columns with an ellipsis where something is left out. */
export function cut(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const kept: Line = [];
  let room = width - 1;
  for (const { text, tone } of line) {
    let part = '';
    for (const { segment } of graphemes.segment(text)) {
      if (widthOf(segment) > room) return [...kept, { text: `${part}…`, ...(tone ? { tone } : {}) }];
      part += segment;
      room -= widthOf(segment);
    }
    kept.push({ text: part, ...(tone ? { tone } : {}) });
  }
  return kept;
}

const separator: Span = { text: ' · ', tone: 'dim' };

/** `head` and then the parts, set apart by dots, on as many lines as they need; further lines are indented. */
export function flow(head: Line, parts: readonly Line[], width: number, indent: number): Line[] {
  const lines: Line[] = [head];
  let begun = false;
  for (const part of parts) {
    const last = lines.at(-1) as Line;
    const gap = begun ? separator : { text: '  ' };
    if (lineWidth(last) + widthOf(gap.text) + lineWidth(part) <= width) last.push(gap, ...part);
    else lines.push([{ text: ' '.repeat(Math.min(indent, Math.floor(width / 4))) }, ...part]);
    begun = true;
  }
  return lines.map((line) => cut(line, width));
}

/** Words of a sentence over lines of at most `width` columns. */
export function wrap(text: string, tone: Tone, width: number, indent = 0): Line[] {
  const lines = [''];
  for (const word of clean(text).split(/ +/)) {
    const last = lines.at(-1) as string;
    if (last === '' || widthOf(last) + 1 + widthOf(word) <= width - (lines.length > 1 ? indent : 0))
      lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, at) => cut([{ text: (at > 0 ? ' '.repeat(indent) : '') + line, tone }], width));
}

/** The line with the escape sequences of its tones; none with `createColors(false)`. */
export function paint(line: Line, colours: ReturnType<typeof createColors>): string {
  const tones: Record<Tone, (text: string) => string> = {
    plain: String,
    dim: colours.dim,
    strong: colours.bold,
    good: colours.green,
    bad: colours.red,
    busy: colours.cyan,
    warn: colours.yellow,
  };
  return line.map(({ text, tone = 'plain' }) => tones[tone](text)).join('');
}
