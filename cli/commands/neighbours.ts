import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { appliedLines, networkOf } from '../applied-files';
import { applyToImages } from '../apply';
import { exitCodes } from '../failure';
import { openOutput, remark } from '../output';
import { checkName } from '../record';
import { seedOption } from '../seed-option';
import { withSession } from '../session';
import { winnerOrSelf } from '../sweep/winner';

const examples = `
Example:
  byol neighbours flowers photo.jpg -k 3

Compares the image with up to 1,000 test images, by the cosine of the pretrained encoder's features. No label had a part in
those features: neighbours of the same class are what pretraining found by itself.

Exit codes: 0 done · 1 failed · 2 no such experiment, not trained yet, or no image could be read · 3 a service cannot be reached`;

export function neighboursCommand(): Command {
  return new Command('neighbours')
    .description('the test images that an encoder holds for most alike to an image')
    .argument('<name>', "the experiment's name, or a sweep's: its winner's encoder")
    .argument('<image>', 'an image file (or what else "byol predict" takes)')
    .option('-k, --count <n>', 'how many', count, 6)
    .addOption(seedOption())
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(run);
}

const line = z.object({
  path: z.string(),
  nearest: z.array(z.object({ class: z.string(), image: z.string(), cosine: z.number() })).optional(),
  problem: z.string().optional(),
});

async function run(
  given: string,
  image: string,
  { count: neighbours, seed, json }: { count: number; seed?: number; json?: boolean },
): Promise<void> {
  checkName(given);
  const output = openOutput(json);
  await withSession(async (session) => {
    const name = await winnerOrSelf(session.store, given);
    const application = { kind: 'neighbours' as const, neighbours, ...(seed === undefined ? {} : { seed }) };
    const applied = await applyToImages(session, name, image, application);
    const found: z.output<typeof line>[] = [];
    for await (const each of appliedLines(session.store, applied, 'neighbours.jsonl', line)) {
      found.push(each);
      if (!each.nearest) remark(`${each.path}: ${each.problem}`);
      else if (applied.files > 1) output.line(each.path);
      for (const { class: named, image: other, cosine } of each.nearest ?? [])
        output.line(`${cosine.toFixed(3)}  ${named}  ${other}`);
    }
    if (applied.images > 0) output.line(`By ${networkOf(applied)}: cosine, class and name of test images.`);
    output.answer({ experiment: name, by: applied.by, images: found });
    if (applied.images === 0) process.exitCode = exitCodes.input;
  });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError('a whole number from 1 to 1000.');
}
