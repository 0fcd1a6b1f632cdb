import { Command } from 'commander';
import { defaultModelFolder, fetchModel, pytorchCaption, pytorchLines } from '../model-files';
import { openOutput } from '../output';
import { checkName } from '../record';
import { withStore } from '../session';

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
  const folder = options.output ?? defaultModelFolder(name);
  const { files, pytorch } = await withStore(async (store) => {
    const found = await fetchModel(store, name, folder);
    return { files: found, pytorch: await pytorchLines(store, name, folder) };
  });
  for (const file of files) output.line(file);
  if (pytorch.length > 0) output.line(`\n${pytorchCaption()}`);
  for (const line of pytorch) output.line(line);
  output.answer({ experiment: name, folder, files, pytorch });
}
