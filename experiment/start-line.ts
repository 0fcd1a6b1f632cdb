/** A word as bash, zsh and fish read it back. */
const quoted = (word: string): string => (/^[\w./=:@+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`);

/** The command line that starts a spec with other settings (`key=value`), for a report or a terminal to print. */
export const startLine = (spec: string, settings: readonly string[]): string =>
  ['byol start', ...[spec, ...settings].map(quoted)].join(' ');

/** mnist -> mnist-2, mnist-2 -> mnist-3 */
export const nextName = (name: string): string => {
  const [, stem, number] = /^(.*?)(?:-(\d{1,4}))?$/.exec(name)!;
  return `${stem!.slice(0, 57)}-${Number(number ?? 1) + 1}`;
};

/** For each step the command that starts `name`'s spec with its settings, each under a name of its own; null: it has no settings. */
export function startLines(
  spec: string,
  name: string,
  steps: readonly { settings: readonly string[] }[],
): (string | null)[] {
  let last = name;
  return steps.map(({ settings }) => {
    if (settings.length === 0) return null;
    last = nextName(last);
    return startLine(spec, [`name=${last}`, ...settings]);
  });
}
