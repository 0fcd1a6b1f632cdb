import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash';
import { fishCompletion } from '../completion/fish';
import { completionShape, type CompletionShape } from '../completion/shape';
import { zshCompletion } from '../completion/zsh';

const scripts: Record<string, (shape: CompletionShape) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const examples = `
Examples:
  byol completion bash > ~/.local/share/bash-completion/completions/byol
  byol completion zsh > "\${fpath[1]}/_byol"
  byol completion fish > ~/.config/fish/completions/byol.fish

or, for the shell that is open: source <(byol completion bash). It completes commands, options, presets, settings, files and
the names of experiments, for which it asks "byol list". The shell has to find byol itself: in a clone, "npm link" once.`;

/** @param program gives the whole command line, which the script completes */
export function completionCommand(program: () => Command): Command {
  return new Command('completion')
    .description('print a script by which a shell completes this command line')
    .addArgument(new Argument('<shell>', 'whose').choices(Object.keys(scripts)))
    .addHelpText('after', examples)
    .action((shell: string) => void process.stdout.write(scripts[shell]!(completionShape(program()))));
}
