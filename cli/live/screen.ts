import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './page';

/** A whole terminal for a page that is drawn again and again; what stood there before comes back at the end. */
export interface Screen {
  size(): Size;
  draw(lines: readonly string[]): void;
  /** Gives the terminal back. */
  close(): void;
}

export interface ScreenEvents {
  /** q, Ctrl-C or Escape. */
  onLeave(): void;
  onResize(): void;
}

const escape = '\u001b[';
const enter = `${escape}?1049h${escape}?25l${escape}?7l${escape}2J`;
const leave = `${escape}?7h${escape}?25h${escape}?1049l`;

/** What turns one drawing into the next: only the lines that differ are written, all in one go (synchronized output). */
export function changes(before: readonly string[], after: readonly string[]): string {
  const length = Math.max(before.length, after.length);
  const written = Array.from({ length }, (_, at) =>
    before[at] === after[at] ? '' : `${escape}${at + 1};1H${after[at] ?? ''}${escape}K`,
  ).join('');
  return written === '' ? '' : `${escape}?2026h${written}${escape}?2026l`;
}

// eslint-disable-next-line no-control-regex
const sequences = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[^\u001b\u0003])/g;
const leaving = ['q', 'Q', '\u0003', '\u001b'];

/** Whether these keys leave the page: q, Ctrl-C or Escape, among others that came with them; no arrow, and no Alt-q. */
export function leaves(keys: string): boolean {
  const typed = keys.replace(sequences, '');
  return leaving.some((key) => typed.includes(key));
}

/** Opens the page on `output`; keys are read from `input` where that is a terminal. */
export function openScreen(output: WriteStream, input: ReadStream, events: ScreenEvents): Screen {
  let shown: readonly string[] = [];
  let open = true;
  const onResize = () => {
    shown = [];
    output.write(`${escape}2J`);
    events.onResize();
  };
  // In raw mode Ctrl-C is a character: it reaches this program alone, and no stack that it has started.
  const onKeys = (keys: Buffer) => {
    if (leaves(keys.toString('utf8'))) events.onLeave();
  };
  const close = () => {
    if (!open) return;
    open = false;
    process.off('exit', close);
    output.off('resize', onResize);
    if (input.isTTY) {
      input.off('data', onKeys).setRawMode(false);
      input.pause();
    }
    output.write(leave);
  };
  output.write(enter);
  output.on('resize', onResize);
  process.once('exit', close);
  if (input.isTTY) input.setRawMode(true).on('data', onKeys).resume();
  return {
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    draw: (lines) => {
      if (!open) return;
      output.write(changes(shown, lines));
      shown = lines;
    },
    close,
  };
}
