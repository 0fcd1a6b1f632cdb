import { Command } from 'commander';
import { join } from 'node:path';
import { fetchApplied, networkOf } from '../applied-files';
import { applyToImages } from '../apply';
import { exitCodes } from '../failure';
import { openOutput, remark } from '../output';
import { checkName } from '../record';
import { seedOption } from '../seed-option';
import { withSession } from '../session';
import { winnerOrSelf } from '../sweep/winner';

const examples = `
Examples:
  byol embed flowers new-photos -o features
  python3 -c "import numpy; print(numpy.load('features/embeddings.npy').shape)"

Writes embeddings.npy (float32, a row for each image), embeddings.json (the paths in the order of the rows, and the files
that could not be read with the reason) and embeddings.parquet (columns path and embedding). The pretrained encoder is applied, with its running statistics and without
augmentation, on a worker ("byol up"), which must see the path.

Exit codes: 0 done · 1 failed · 2 no such experiment, not trained yet, or no image could be read · 3 a service cannot be reached`;

export function embedCommand(): Command {
  return new Command('embed')
    .description("features of images by an experiment's pretrained encoder")
    .argument('<name>', "the experiment's name, or a sweep's: its winner's encoder")
    .argument('<path>', 'images: a folder, an archive, a list, one file')
    .option('-o, --output <folder>', 'where to (default: embeddings/NAME)')
    .addOption(seedOption())
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(run);
}

async function run(
  given: string,
  path: string,
  options: { output?: string; seed?: number; json?: boolean },
): Promise<void> {
  checkName(given);
  const output = openOutput(options.json);
  await withSession(async (session) => {
    const name = await winnerOrSelf(session.store, given);
    const folder = options.output ?? join('embeddings', name);
    const { seed } = options;
    const applied = await applyToImages(session, name, path, {
      kind: 'embed',
      ...(seed === undefined ? {} : { seed }),
    });
    const { files, images, by, written } = applied;
    const paths: string[] = [];
    for (const file of Object.keys(written)) {
      await fetchApplied(session.store, applied, file, join(folder, file));
      paths.push(join(folder, file));
    }
    output.line(`${images} of ${files} files by ${networkOf(applied)}`);
    if (images < files) remark(`${files - images} could not be read: embeddings.json says why.`);
    for (const each of paths) output.line(each);
    output.answer({ experiment: name, folder, files, images, by, written: paths });
    if (images === 0) process.exitCode = exitCodes.input;
  });
}
