import {
  namesOfList,
  type Completed,
  type CompletedCommand,
  type CompletedOption,
  type CompletionShape,
} from './shape';

/** Sets `words` and `files` to what can stand at a place. */
function assign({ words, files, experiments }: Completed): string {
  const asked = experiments ? ['words=$(_byol_experiments "${COMP_WORDS[0]}")'] : [];
  const listed = words ? [`words='${words.join(' ')}'`] : [];
  return [...asked, ...listed, ...(files ? ['files=1'] : [])].join('; ') || ':';
}

/** Branches of a `case`: those that do the same are one. */
function branches(pairs: readonly (readonly [pattern: string, body: string])[]): string {
  const patterns = new Map<string, string[]>();
  for (const [pattern, body] of pairs) patterns.set(body, [...(patterns.get(body) ?? []), pattern]);
  return [...patterns].map(([body, all]) => `      ${all.join('|')}) ${body} ;;`).join('\n');
}

const positions = ({ name, arguments: places, repeats }: CompletedCommand) =>
  places.map(
    (place, at) => [repeats && at === places.length - 1 ? `"${name} "*` : `"${name} ${at}"`, assign(place)] as const,
  );

/** An option that takes a value, with the command that it belongs to. */
interface ValuedOption {
  name: string;
  option: CompletedOption;
}

const flagged = ({ name, option }: ValuedOption) => option.flags.map((flag) => `"${name} ${flag}"`).join('|');

/** What stands before the cursor: `command`, `option` or `setting` whose value is asked for, and the argument's `position`. */
const beforeCursor = (
  valued: readonly ValuedOption[],
): string => `  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' setting='' option='' words='' files='' line i=1 position=0
  COMPREPLY=()
  # bash takes key=value for three words
  if [[ $cur == '=' ]]; then setting=$previous cur=''
  elif [[ $previous == '=' ]]; then setting=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for (( ; i < COMP_CWORD; i++ )); do
    local word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then option=''; (( i += 1 )); continue; fi
    if [[ -n $option ]]; then option=''; continue; fi
    case "$command $word" in
      ${valued.map(flagged).join('|')}) option=$word ;;
      *" -"*) ;;
      " "*) command=$word ;;
      *) (( position += 1 )) ;;
    esac
  done`;

/** Offers what of `words` and `files` begins like the word at the cursor. */
const offered = `  COMPREPLY=( $(compgen -W "$words" -- "$cur") )
  # where a file can stand, what readline knows of file names does it better, from bash 4 on
  if [[ -n $files ]] && ! compopt -o default 2>/dev/null; then
    while IFS= read -r line; do COMPREPLY+=( "$line" ); done < <(compgen -f -- "$cur")
  fi
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null`;

/** A completion script for bash from 3.2 (macOS) on. */
export function bashCompletion({ commands, datasets }: CompletionShape): string {
  const valued = commands.flatMap(({ name, options }) =>
    options.filter(({ takesValue }) => takesValue).map((option) => ({ name, option })),
  );
  const flagsOf = (command: CompletedCommand) => command.options.flatMap(({ flags }) => flags);
  const names = commands.map(({ name }) => name);
  return `# Completion of byol in bash: byol completion bash > ~/.local/share/bash-completion/completions/byol

_byol_experiments() { "$1" list --json 2>/dev/null </dev/null | ${namesOfList}; }

_byol() {
${beforeCursor(valued)}
  [[ $setting == -* ]] && option=$setting
  if [[ -n $option ]]; then
    case "$command $option" in
${branches(valued.map((each) => [flagged(each), assign(each.option)]))}
    esac
  elif [[ -n $setting ]]; then
    case "$command $setting" in
${branches([['"start data"', assign({ words: datasets, files: true })]])}
    esac
  elif [[ $cur == -* ]]; then
    case "$command" in
${branches([['""', assign({ words: ['--help'] })], ...commands.map((each) => [each.name, assign({ words: flagsOf(each) })] as const)])}
    esac
  else
    case "$command $position" in
${branches([['" 0"', assign({ words: [...names, 'help'] })], ['"help 0"', assign({ words: names })], ...commands.flatMap(positions)])}
    esac
  fi
${offered}
  return 0
}

complete -F _byol byol
`;
}
