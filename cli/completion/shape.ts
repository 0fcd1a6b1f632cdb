import type { Argument, Command, Option } from 'commander';
import { namedDatasets } from '../../experiment/named-datasets';
import { presets } from '../../experiment/presets';
import { specPaths } from '../../experiment/json-schema';

/** What can stand at a place: an experiment's name (asked for when needed), a file, or one of some words. */
export interface Completed {
  experiments?: true;
  files?: true;
  /** Words; one that ends in "=" goes on. */
  words?: readonly string[];
}

export interface CompletedOption extends Completed {
  /** `-o`, `--output` */
  flags: string[];
  description: string;
  takesValue: boolean;
}

export interface CompletedCommand {
  name: string;
  description: string;
  options: CompletedOption[];
  /** In order; the last stands for all that follow where `repeats`. */
  arguments: Completed[];
  repeats: boolean;
}

/** What is known of a command line before any of it is run. */
export interface CompletionShape {
  commands: CompletedCommand[];
  /** Values of `data=`. */
  datasets: string[];
}

/** Every setting of a spec that is no map of others. */
function settings(): string[] {
  const paths = specPaths();
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`))).map((path) => `${path}=`);
}

/** By the name of the argument; `byol start` takes data= and time= in the place of a spec. */
const places: Record<string, (command: string) => Completed> = {
  name: () => ({ experiments: true }),
  first: () => ({ experiments: true }),
  second: () => ({ experiments: true }),
  spec: (command) => ({ words: [...Object.keys(presets), ...(command === 'start' ? ['data='] : [])], files: true }),
  settings: (command) => ({ words: [...(command === 'start' ? ['time='] : []), ...settings()] }),
  path: () => ({ files: true }),
  image: () => ({ files: true }),
};

function ofArgument(command: Command, argument: Argument): Completed {
  if (argument.argChoices) return { words: argument.argChoices };
  const place = places[argument.name()];
  if (place) return place(command.name());
  throw new Error(
    `What <${argument.name()}> of "byol ${command.name()}" is has to be said in cli/completion/shape.ts.`,
  );
}

function ofOption(option: Option): CompletedOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  const takesValue = option.required || option.optional;
  const values = option.argChoices ? { words: option.argChoices } : {};
  const files = takesValue && /<(file|folder)>/.test(option.flags) ? ({ files: true } as const) : {};
  return { flags, description: option.description, takesValue, ...values, ...files };
}

/** The commands of a program, as commander knows them: what a shell can complete. */
export function completionShape(program: Command): CompletionShape {
  const commands = program.commands.map((command): CompletedCommand => {
    const of = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      options: command.createHelp().visibleOptions(command).map(ofOption),
      arguments: of.map((argument) => ofArgument(command, argument)),
      repeats: of.at(-1)?.variadic === true,
    };
  });
  return { commands, datasets: Object.keys(namedDatasets) };
}

/** Prints the names in what `byol list --json` prints, with sed, which every system has. */
export const namesOfList = `sed -n 's/^ *"name": "\\([a-z0-9-]*\\)",*$/\\1/p'`;
