import { Command } from 'commander';
import { join } from 'node:path';
import { z } from 'zod';
import { percent } from '../../experiment/percent';
import type { AppliedModel } from '../../activities/apply/apply-model';
import type { ObjectStore } from '../../storage/object-store';
import { appliedLines, fetchApplied, networkOf } from '../applied-files';
import { applyToImages } from '../apply';
import { CliFailure, exitCodes } from '../failure';
import { openOutput, remark } from '../output';
import { checkName } from '../record';
import { withSession } from '../session';
import { winnerOrSelf } from '../sweep/winner';

const examples = `
Examples:
  byol predict flowers new-photos                    every image of a folder, its subfolders too
  byol predict flowers photo.jpg                     one image
  byol predict flowers new.zip -o classes.jsonl      an archive, a .csv list, Parquet files, a URL or s3://bucket/prefix

Takes the classifier that did best on the validation split, on a worker ("byol up"), which must see the path. The file has
one row for each file: its path, the predicted class, the probability of every class, and what is wrong with it where it
is no image that can be read.

Exit codes: 0 done · 1 failed · 2 no such experiment, not trained yet, or no image could be read · 3 a service cannot be reached`;

export function predictCommand(): Command {
  return new Command('predict')
    .description("class images by a finished experiment's best classifier")
    .argument('<name>', "the experiment's name, or a sweep's: its winner's classifier")
    .argument('<path>', 'images: a folder, an archive, a list, one file')
    .option('-o, --output <file>', 'where to, .csv or .jsonl (default: predictions/NAME.csv)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(run);
}

const line = z.object({
  path: z.string(),
  predicted: z.string().optional(),
  probability: z.number().optional(),
  problem: z.string().optional(),
});
/** With more images than these the rows are in the file alone. */
const shown = 20;

async function run(given: string, path: string, options: { output?: string; json?: boolean }): Promise<void> {
  checkName(given);
  const output = openOutput(options.json);
  const [, ending] = /\.(csv|jsonl)$/.exec(options.output ?? '.csv') ?? [];
  if (ending === undefined)
    throw new CliFailure(
      exitCodes.input,
      `"${options.output}" must end in .csv or .jsonl: the end says in which form it is.`,
    );
  await withSession(async (session) => {
    const name = await winnerOrSelf(session.store, given);
    const file = options.output ?? join('predictions', `${name}.csv`);
    const applied = await applyToImages(session, name, path, { kind: 'predict' });
    await fetchApplied(session.store, applied, `predictions.${ending}`, file);
    const { classes, rows, broken } = await summaryOf(session.store, applied);
    for (const row of rows) output.line(row);
    if (applied.images > 0) output.line(`${applied.images} of ${applied.files} files by ${networkOf(applied)}:`);
    for (const [predicted, count] of classes) output.line(`  ${predicted}: ${count}`);
    for (const problem of broken.slice(0, shown)) remark(problem);
    if (broken.length > shown) remark(`and ${broken.length - shown} more that could not be read, see the file`);
    output.line(file);
    const { files, images, by } = applied;
    output.answer({ experiment: name, file, files, images, by, classes: Object.fromEntries(classes) });
    if (images === 0) process.exitCode = exitCodes.input;
  });
}

/** Images by predicted class, the most frequent first, and a sentence for each file where there are few. */
async function summaryOf(store: ObjectStore, applied: AppliedModel) {
  const counts = new Map<string, number>();
  const [rows, broken]: string[][] = [[], []];
  for await (const { path, predicted, probability = NaN, problem } of appliedLines(
    store,
    applied,
    'predictions.jsonl',
    line,
  )) {
    if (predicted === undefined) broken?.push(`${path}: ${problem}`);
    else {
      counts.set(predicted, (counts.get(predicted) ?? 0) + 1);
      if (applied.files <= shown) rows?.push(`${path}  ${predicted}  ${percent(probability)}`);
    }
  }
  return { classes: [...counts].sort((a, b) => b[1] - a[1]), rows: rows ?? [], broken: broken ?? [] };
}
