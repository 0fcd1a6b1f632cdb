import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { StorageUnreachableError } from '../../storage/errors';
import { CliFailure, exitCodes } from '../failure';
import { MetricsFiles, type ChangedRun } from '../metrics-files';
import { openOutput, remark } from '../output';
import { checkName } from '../record';
import { existingRun } from '../runs';
import { withSession, withStore, type Session } from '../session';
import { isOutage, silenceOf } from '../silence';
import { winnerOrSelf } from '../sweep/winner';

const examples = `
Examples:
  byol metrics mnist-quickstart                  then: tensorboard --logdir metrics/mnist-quickstart
  byol metrics mnist-quickstart --follow         goes on fetching while it runs, for a TensorBoard that is open
  byol metrics mnist-quickstart --json           a line of JSON for each epoch of each run, and no files (but with -o)

A folder for each run (seed-1/pretraining, seed-1/fine-tuned/labels-50/lr-0.003-epochs-60, ...) with metrics.jsonl and an
event file for TensorBoard, by optimizer step: train/loss, learning_rate, images_per_second, ...; of pretraining knn/accuracy,
spread, effective_rank, ...; of a classifier validation/accuracy, measured at its checkpoints (classifier.checkpointEvery).

Exit codes: 0 done · 2 no such experiment, or none of its epochs is finished · 3 a service cannot be reached · 130 Ctrl-C`;

const everyMilliseconds = 5000;

interface MetricsOptions {
  output?: string;
  follow?: boolean;
  json?: boolean;
}

export function metricsCommand(): Command {
  return new Command('metrics')
    .description("fetch the epochs' metrics of every run: metrics.jsonl, and event files for TensorBoard")
    .argument('<name>', "the experiment's name, or a sweep's: its winner's metrics")
    .option('-o, --output <folder>', 'where to (default: metrics/NAME; with --json nowhere)')
    .option('-f, --follow', 'go on until the experiment ends')
    .option('--json', 'print a line of JSON for each epoch')
    .addHelpText('after', examples)
    .action(metrics);
}

/** Fetching needs storage alone; with --follow Temporal says whether the experiment goes on. */
async function metrics(given: string, options: MetricsOptions): Promise<void> {
  checkName(given);
  if (options.follow)
    return withSession(async (session) => follow(session, await winnerOrSelf(session.store, given), options));
  await withStore(async (store) => {
    const name = await winnerOrSelf(store, given);
    const folder = folderOf(name, options);
    const runs = await new MetricsFiles(store, name, folder).refresh();
    if (runs.length === 0)
      throw new CliFailure(
        exitCodes.input,
        `There are no metrics of "${name}" in ${store.location}: they are written when an epoch is finished, and from this ` +
          `version of byol on. "byol status ${name}" tells how far it is.`,
      );
    tell(runs, options);
    if (folder !== null) openOutput(options.json).line(`\ntensorboard --logdir ${folder}`);
  });
}

const folderOf = (name: string, { output, json }: MetricsOptions): string | null =>
  output ?? (json ? null : join('metrics', name));

async function follow(session: Session, name: string, options: MetricsOptions): Promise<void> {
  await existingRun(session.client, name);
  const folder = folderOf(name, options);
  const files = new MetricsFiles(session.store, name, folder);
  const silence = silenceOf(session.settings.temporal.address, `byol metrics ${name} --follow`);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    if (folder !== null) openOutput(options.json).line(`tensorboard --logdir ${folder}`);
    let running = true;
    while (running && !interrupt.signal.aborted) {
      try {
        running = (await existingRun(session.client, name)).status === 'RUNNING';
        tell(await files.refresh(!running), options);
      } catch (error) {
        if (!isOutage(error) && !(error instanceof StorageUnreachableError)) throw error;
        running = true;
        remark(`No answer: ${isOutage(error) ? `${silence(error)}.` : (error as Error).message} Asking again.`);
      }
      if (running) await sleep(everyMilliseconds, undefined, { signal: interrupt.signal }).catch(() => {});
    }
    if (running) process.exitCode = exitCodes.interrupted;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function tell(runs: readonly ChangedRun[], { json }: MetricsOptions): void {
  const output = openOutput(json);
  for (const { run, lines, epochs } of runs) {
    if (json)
      for (const line of lines)
        process.stdout.write(`${JSON.stringify({ run, ...(JSON.parse(line) as Record<string, unknown>) })}\n`);
    const { epoch, values } = epochs.at(-1) ?? { epoch: 0, values: {} };
    const shown = Object.entries(values).filter(([name]) => name.includes('/'));
    output.line(
      [`${run}: epoch ${epoch}`, ...shown.map(([name, value]) => `${name} ${value.toPrecision(4)}`)].join(', '),
    );
  }
}
