import { Command } from 'commander';
import pc from 'picocolors';
import { presets } from '../../experiment/presets';
import { specSchema } from '../../experiment/json-schema';
import { openOutput } from '../output';
import { loadSpec } from '../spec-file';
import { specYaml } from '../../report/spec-yaml';

const examples = `
Examples:
  byol spec                                   the presets
  byol spec mnist-quickstart > my-spec.yaml   a spec to edit
  byol spec my-spec.yaml pretraining.epochs=3 check a spec, with every default written out
  byol spec --schema > byol.schema.json       its JSON Schema, for an editor`;

export function specCommand(): Command {
  return new Command('spec')
    .description('list the presets, print or check a spec, or print the JSON Schema of specs')
    .argument('[spec]', 'a preset or a YAML file')
    .argument('[settings...]', 'settings to change, as key=value with dotted keys')
    .option('--schema', 'print the JSON Schema')
    .option('--json', 'print JSON and not YAML')
    .addHelpText('after', examples)
    .action(spec);
}

function spec(presetOrFile: string | undefined, pairs: string[], options: { schema?: boolean; json?: boolean }): void {
  const output = openOutput(options.json);
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(specSchema(), null, 2)}\n`);
    return;
  }
  if (presetOrFile === undefined) {
    for (const [name, { note }] of Object.entries(presets)) output.line(`${pc.bold(name.padEnd(18))} ${note}`);
    output.answer(Object.entries(presets).map(([name, { note }]) => ({ name, note })));
    return;
  }
  const resolved = loadSpec(presetOrFile, pairs);
  if (!output.json) process.stdout.write(specYaml(resolved, presetOrFile));
  output.answer(resolved);
}
