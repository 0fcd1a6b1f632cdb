import type { Figure } from '../figures/chart';
import type { ExperimentResults } from '../results';
import type { Table } from '../tables';

/** One kind of content. The page draws all of them; Markdown has the words, tables and code. */
export type Block =
  | { paragraphs: string[] }
  /** Paragraphs that explain what follows, set small. */
  | { notes: string[] }
  | { list: string[] }
  | { words: [word: string, meaning: string][] }
  | { code: string; label: string }
  | { tables: Table[] }
  /** wide: for few figures with much in them. */
  | { figures: Figure[]; wide?: boolean }
  /** Rows of pictures with a caption each: `data:` URIs. */
  | { pictures: { caption: string; images: { source: string; label: string }[] }[] }
  | { samples: ExperimentResults['samples'] };

/** A part of the report below its first screen. */
export interface Section {
  title: string;
  blocks: Block[];
}

const isEmpty = (block: Block): boolean =>
  Object.values(block).some((content: unknown) => Array.isArray(content) && content.length === 0);

/** Blocks without content are left out. */
export const section = (title: string, blocks: Block[]): Section => ({
  title,
  blocks: blocks.filter((block) => !isEmpty(block)),
});
