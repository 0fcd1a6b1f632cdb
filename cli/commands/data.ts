import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isBucket, type OpenBucket } from '../../datasets/images/fetch-source';
import { listImages } from '../../datasets/images/listing';
import { progressOf } from '../../datasets/images/progress';
import { surveyImages, type Survey } from '../../datasets/images/survey';
import { surveyText } from '../../datasets/images/survey-text';
import { CliFailure, exitCodes } from '../failure';
import { openOutput, progressLine } from '../output';
import { withStore } from '../session';

interface DataOptions {
  size: number;
  fit: 'crop' | 'stretch' | 'pad';
  channels: '1' | '3';
  test: number;
  json?: boolean;
}

const examples = `
Examples:
  byol data photos                 folders of images: a folder for each class, or train/, test/, unlabelled/
  byol data photos --size 64       as an experiment with dataset.size=64 would see them
  byol data photos.zip             an archive of such a folder (.tar, .tar.gz, .zip; a URL too)
  byol data labels.csv             a list with the columns path, label and, if you like, split (also .jsonl)
  byol data s3://bucket/photos     objects, with the credentials of this project's own bucket
  byol data photos --json          everything, for machines

Exit codes: 0 an experiment can be made of it · 2 it cannot, or there is nothing at that place`;

export function dataCommand(): Command {
  return new Command('data')
    .description('look at images without training: what is found, used and skipped, duplicates, leakage, conflicts')
    .argument('<path>', 'where the images are')
    .option('--size <pixels>', 'size of the stored images', pixels, 96)
    .addOption(
      new Option('--fit <how>', 'how images become square').choices(['crop', 'stretch', 'pad']).default('crop'),
    )
    .addOption(new Option('--channels <n>', 'channels of the stored images').choices(['1', '3']).default('3'))
    .option('--test <fraction>', 'part of each class to test on, where there are no test images', fraction, 0.2)
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(data);
}

async function data(path: string, { size, fit, channels, test, json }: DataOptions): Promise<void> {
  const output = openOutput(json);
  const survey = await look(path, { size, fit, channels: channels === '1' ? 1 : 3 }, test);
  for (const line of surveyText(survey)) output.line(line);
  output.answer(survey);
  if (survey.problem !== null) process.exitCode = exitCodes.input;
}

async function look(
  path: string,
  layout: { size: number; fit: DataOptions['fit']; channels: 1 | 3 },
  test: number,
): Promise<Survey> {
  const scratch = await mkdtemp(join(tmpdir(), 'byol-data-'));
  const stop = new AbortController();
  const interrupt = () => stop.abort(new CliFailure(exitCodes.interrupted, 'Stopped; nothing was changed.'));
  process.once('SIGINT', interrupt);
  try {
    const onProgress = ({ file, bytes }: { file: string; bytes: number }) =>
      progressLine(`${file}: ${(bytes / 1e6).toFixed(1)} MB`);
    const list = (openBucket?: OpenBucket) =>
      listImages(path, { scratch, signal: stop.signal, onProgress, ...(openBucket ? { openBucket } : {}) });
    const listing = isBucket(path)
      ? await withStore((store) => list((bucket, prefix) => store.elsewhere(bucket, prefix)))
      : await list();
    const tell = progressOf('looked at', listing.files.length, ({ message = '' }) => progressLine(message));
    const survey = await surveyImages(listing, layout, test, { signal: stop.signal, onDone: tell });
    progressLine('');
    return survey;
  } finally {
    process.removeListener('SIGINT', interrupt);
    await rm(scratch, { recursive: true, force: true });
  }
}

function pixels(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 8 && value <= 1024) return value;
  throw new InvalidArgumentError('a whole number from 8 to 1024.');
}

function fraction(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('a number between 0 and 1.');
}
