import { Command } from 'commander';
import { join } from 'node:path';
import { model } from '../../storage/keys';
import { CliFailure, exitCodes } from '../failure';
import { openOutput } from '../output';
import { checkName } from '../record';
import { withStore } from '../session';
import { makeFolder } from '../report-files';

const examples = `
Example:
  byol export mnist-quickstart -o weights
  cd weights && python3 -c "from load import encoder; print(encoder())"

Writes encoder-seed-N.safetensors (torchvision's names and layouts, loads with strict=True), classifier.safetensors (the
one that did best on the validation split), model.json (network, class names, how images are prepared) and load.py.`;

export function exportCommand(): Command {
  return new Command('export')
    .description("fetch an experiment's weights, for PyTorch and whatever reads safetensors")
    .argument('<name>', "the experiment's name")
    .option('-o, --output <folder>', 'where to (default: models/NAME)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(run);
}

async function run(name: string, options: { output?: string; json?: boolean }): Promise<void> {
  checkName(name);
  const output = openOutput(options.json);
  const folder = options.output ?? join('models', name);
  const files = await withStore(async (store) => {
    const prefix = model(name, 'x').slice(0, -1);
    const found: string[] = [];
    for await (const { key } of store.list(prefix)) {
      const file = key.slice(prefix.length);
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(file)) continue; // nothing of ours, and no path out of the folder
      makeFolder(folder);
      await store.download(key, join(folder, file));
      found.push(join(folder, file));
    }
    if (found.length > 0) return found;
    throw new CliFailure(
      exitCodes.input,
      `There are no exported weights of "${name}" in ${store.location}: they are written when its training is complete. ` +
        `"byol status ${name}" tells how far it is.`,
    );
  });
  for (const file of files) output.line(file);
  output.answer({ experiment: name, folder, files });
}
