import pc from 'picocolors';

/** Where a command writes: lines for people, or with --json one JSON document at the end and nothing else on stdout. */
export interface Output {
  readonly json: boolean;
  /** A line on stdout; nothing with --json. */
  line(text?: string): void;
  /** The command's answer for machines; nothing without --json. */
  answer(value: unknown): void;
}

/** `json`: what the command's --json says. Colours follow NO_COLOR, FORCE_COLOR and the terminal. */
export function openOutput(json: boolean | undefined): Output {
  return {
    json: json === true,
    line: (text = '') => void (json === true || process.stdout.write(`${callable(text)}\n`)),
    answer: (value) => void (json === true && process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
  };
}

/** A line on stderr, which gets into no pipe. */
export function remark(text: string): void {
  process.stderr.write(`${pc.dim(callable(text))}\n`);
}

/** One line on a terminal that is written over; nothing in a pipe. */
export function progressLine(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${callable(text)}`);
}

const commands =
  /(?<!npx )\bbyol (?=(?:start|sweep|list|status|watch|resume|cancel|report|metrics|up|doctor|spec|data|export|predict|embed|neighbours|compare|completion)\b)/g;

/** The commands in a message as the reader can type them: in a clone, `byol` is on nobody's PATH, but npx finds it. */
export function callable(text: string): string {
  return process.env['npm_execpath'] === undefined ? text : text.replace(commands, 'npx byol ');
}
