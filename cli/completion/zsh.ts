import {
  namesOfList,
  type Completed,
  type CompletedCommand,
  type CompletedOption,
  type CompletionShape,
} from './shape';

/** Text inside '...' of an _arguments or _describe specification. */
const text = (plain: string): string =>
  plain
    .replace(/[\\[\]:]/g, '\\$&')
    .replace(/'/g, `'\\''`)
    .replace(/\s+/g, ' ');

/** What _arguments calls to complete a place. */
function action({ words, files, experiments }: Completed): string {
  if (experiments) return '_byol_experiments';
  if (words && files) return '_byol_specs';
  if (words?.some((word) => word.endsWith('='))) return '_byol_settings';
  if (words) return `(${words.join(' ')})`;
  return files ? '_files' : ' ';
}

function optionSpec(option: CompletedOption): string {
  const { description, takesValue } = option;
  // "=" and "+": the value may stand in the same word
  const flags = option.flags.map((flag) => (takesValue ? `${flag}${flag.startsWith('--') ? '=' : '+'}` : flag));
  const about = `'[${text(description)}]${takesValue ? `:value:${action(option)}` : ''}'`;
  return flags.length === 1 ? `'${flags[0]}'${about}` : `'(${option.flags.join(' ')})'{${flags.join(',')}}${about}`;
}

const argumentSpec = (place: Completed, at: number, all: Completed[], repeats: boolean): string =>
  `'${repeats && at === all.length - 1 ? '*' : at + 1}:argument:${action(place)}'`;

const branch = ({ name, options, arguments: places, repeats }: CompletedCommand): string =>
  `        ${name})
          _arguments \\
            ${[...options.map(optionSpec), ...places.map((place, at) => argumentSpec(place, at, places, repeats))].join(' \\\n            ')}
          ;;`;

/** What can stand at a place, as functions that `action` names. */
function placeFunctions({ commands, datasets }: CompletionShape): string {
  const all = commands.flatMap(({ arguments: places }) => places);
  const specs = all.find(({ words, files }) => words && files)?.words?.filter((word) => !word.endsWith('=')) ?? [];
  const settings = all.find(({ words, files }) => !files && words?.some((word) => word.endsWith('=')))?.words ?? [];
  return `_byol_experiments() {
  local -a names
  names=( \${(f)"$(\${byol_command:-byol} list --json 2>/dev/null </dev/null | ${namesOfList})"} )
  _describe -t experiments experiment names
}

_byol_data() {
  compset -P 'data='
  compadd -- ${datasets.join(' ')}
  _files
}

_byol_specs() {
  if [[ $PREFIX == data=* ]]; then _byol_data; return; fi
  compadd -- ${specs.join(' ')}
  compadd -S '' -- data=
  _files -g '*.(yaml|yml)'
}

_byol_settings() {
  if [[ $PREFIX == data=* ]]; then _byol_data; return; fi
  compadd -S '' -- ${settings.join(' ')}
}`;
}

/** A completion function for zsh. */
export function zshCompletion(shape: CompletionShape): string {
  const { commands } = shape;
  return `#compdef byol
# Completion of byol in zsh: byol completion zsh > "\${fpath[1]}/_byol"

${placeFunctions(shape)}

_byol() {
  local byol_command=$words[1] state line
  local -a commands
  local -A opt_args
  commands=(
${commands.map(({ name, description }) => `    '${name}:${text(description)}'`).join('\n')}
  )
  _arguments -C '(-h --help)'{-h,--help}'[display help]' '1:command:->command' '*::argument:->arguments'
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $words[1] in
        help) _describe -t commands command commands ;;
${commands.map(branch).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _byol ]]; then _byol "$@"; else compdef _byol byol; fi
`;
}
