import { Command, Option } from 'commander';
import {
  defaultModelFolder,
  fetchModel,
  modelFormats,
  pytorchCaption,
  pytorchLines,
  removedLines,
  type ModelFormat,
} from '../model-files';
import { openOutput, remark } from '../output';
import { checkName } from '../record';
import { withStore } from '../session';
import { winnerOrSelf } from '../sweep/winner';

const examples = `
Examples:
  byol export mnist-quickstart -o weights
  cd weights && python3 -c "from load import encoder; print(encoder())"
  byol export mnist-quickstart --format savedmodel -o tensorflow

Writes encoder-seed-N.safetensors (torchvision's names and layouts, loads with strict=True), classifier.safetensors (the
one that did best on the validation split), model.json (network, class names, how images are prepared) and load.py.

With --format savedmodel: encoder-seed-N/ and classifier/, TensorFlow SavedModels with the weights inside, and model.json,
which each also has under assets.extra/. serving_default takes image, uint8 [N, H, W, C] of the size in model.json, and gives
features, or logits and probabilities. docs/export.md has how to load them from Python and Node, and the way to ONNX.`;

export function exportCommand(): Command {
  return new Command('export')
    .description("fetch an experiment's weights: for PyTorch and whatever reads safetensors, or for TensorFlow")
    .argument('<name>', "the experiment's name, or a sweep's: its winner's weights")
    .option('-o, --output <folder>', 'where to (default: models/NAME)')
    .addOption(
      new Option('--format <form>', 'safetensors and load.py, or SavedModels').choices(modelFormats).default('pytorch'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(run);
}

async function run(given: string, options: { output?: string; format: ModelFormat; json?: boolean }): Promise<void> {
  checkName(given);
  const output = openOutput(options.json);
  const { name, folder, files, removed, pytorch } = await withStore(async (store) => {
    const of = await winnerOrSelf(store, given);
    const to = options.output ?? defaultModelFolder(of);
    const found = await fetchModel(store, of, to, options.format);
    const lines = options.format === 'pytorch' ? await pytorchLines(store, of, to) : [];
    return { name: of, folder: to, ...found, pytorch: lines };
  });
  for (const file of files) output.line(file);
  for (const line of removedLines(removed)) remark(line);
  if (pytorch.length > 0) output.line(`\n${pytorchCaption()}`);
  for (const line of pytorch) output.line(line);
  output.answer({ experiment: name, folder, files, removed, pytorch });
}
