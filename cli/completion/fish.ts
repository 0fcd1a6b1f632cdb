import type { Completed, CompletedCommand, CompletedOption, CompletionShape } from './shape';

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replace(/\s+/g, ' ')}'`;

/** The part of a `complete` line that says what can stand at a place. */
function values({ words, files, experiments }: Completed): string {
  const asked = experiments ? ` -a '(__byol_experiments)'` : words ? ` -a ${quoted(words.join(' '))}` : '';
  return `${asked}${files ? ' -F' : ''}`;
}

function optionLine(command: string, option: CompletedOption): string {
  const flags = option.flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = option.takesValue ? ` ${option.files ? '-r' : '-x'}${values(option)}` : '';
  return `complete -c byol -n '__byol_in ${command}' ${flags.join(' ')}${value} -d ${quoted(option.description)}`;
}

const argumentLines = ({ name, arguments: places, repeats }: CompletedCommand): string[] =>
  places.map((place, at) => {
    const which = repeats && at === places.length - 1 ? `${at} more` : `${at}`;
    return `complete -c byol -n '__byol_at ${name} ${which}'${values(place)}`;
  });

/** `__byol_before`: where the cursor is. @param valued quoted `command --option` of all that take a value */
const beforeCursor = (
  valued: readonly string[],
): string => `# Prints the command that stands before the cursor, and how many of its arguments.
function __byol_before
    set -l command
    set -l position 0
    set -l option 0
    for word in (commandline -opc)[2..-1]
        if test $option = 1
            set option 0
            continue
        end
        switch "$command $word"
            case ${valued.join(' ')}
                set option 1
            case '* -*'
            case ' *'
                set command $word
            case '*'
                set position (math $position + 1)
        end
    end
    echo $command
    echo $position
end`;

/** The conditions of the lines below: `__byol_in COMMAND`, `__byol_at COMMAND POSITION [more]`. */
const conditions = `function __byol_in
    set -l before (__byol_before)
    test "$before[1]" = "$argv[1]"
end

function __byol_at
    set -l before (__byol_before)
    test "$before[1]" = "$argv[1]"; or return 1
    if set -q argv[3]
        test $before[2] -ge $argv[2]
    else
        test $before[2] -eq $argv[2]
    end
end`;

/** A completion script for fish from 3.4 on. */
export function fishCompletion({ commands, datasets }: CompletionShape): string {
  const valued = commands.flatMap(({ name, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags }) => flags.map((flag) => quoted(`${name} ${flag}`))),
  );
  const names = commands.map(({ name }) => name);
  return `# Completion of byol in fish: byol completion fish > ~/.config/fish/completions/byol.fish

function __byol_experiments
    byol list --json 2>/dev/null </dev/null | string replace -rf '^ *"name": "([a-z0-9-]+)",?$' '$1'
end

${beforeCursor(valued)}

${conditions}

complete -c byol -f
${commands.map(({ name, description }) => `complete -c byol -n "__byol_in ''" -a ${name} -d ${quoted(description)}`).join('\n')}
complete -c byol -n '__byol_at help 0' -a ${quoted(names.join(' '))}
complete -c byol -n "__byol_in ''" -s h -l help -d 'display help'
complete -c byol -n '__byol_at start 0' -a ${quoted(datasets.map((name) => `data=${name}`).join(' '))}
${commands.flatMap((command) => [...command.options.map((option) => optionLine(command.name, option)), ...argumentLines(command)]).join('\n')}
`;
}
