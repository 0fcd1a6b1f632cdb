import pc from 'picocolors';

/** Where a command writes: `line` for people, or with --json one JSON document at the end and nothing else on stdout. */
export interface Output {
  readonly json: boolean;
  /** A line on stdout; nothing with --json. */
  line(text?: string): void;
  /** A line on stderr, which does not get into a pipe. */
  remark(text: string): void;
  /** The command's answer for machines; nothing without --json. */
  answer(value: unknown): void;
}

/** `json`: what the command's --json says. Colours follow NO_COLOR, FORCE_COLOR and the terminal. */
export function openOutput(json: boolean | undefined): Output {
  return {
    json: json === true,
    line: (text = '') => void (json === true || process.stdout.write(`${text}\n`)),
    remark: (text) => void process.stderr.write(`${pc.dim(text)}\n`),
    answer: (value) => void (json === true && process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
  };
}
