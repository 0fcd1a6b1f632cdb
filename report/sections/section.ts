import type { Figure } from '../figures/chart';
import type { Table } from '../tables';

/** A part of the report below its first screen: the page draws all of it, Markdown has the words and tables. */
export interface Section {
  title: string;
  notes: string[];
  tables: Table[];
  figures: Figure[];
  /** Rows of pictures with a caption each: `data:` URIs. */
  pictures: { caption: string; images: { source: string; label: string }[] }[];
}

export const section = (title: string, parts: Partial<Omit<Section, 'title'>>): Section => ({
  title,
  notes: [],
  tables: [],
  figures: [],
  pictures: [],
  ...parts,
});
