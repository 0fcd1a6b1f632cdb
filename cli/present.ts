import { basename } from 'node:path';
import pc from 'picocolors';
import { presets } from '../experiment/presets';
import { nextName, startLines } from '../experiment/start-line';
import type { ObjectStore } from '../storage/object-store';
import { budgetTable } from './budget-table';
import { explain } from './failure';
import { keptInMind, mostShown, showKeptInMind } from './kept-in-mind';
import { defaultModelFolder, fetchModel, pytorchCaption, pytorchLines, removedLines } from './model-files';
import { outcomeOf } from './outcome';
import { remark, type Output } from './output';
import { defaultReportFolder, fetchReport } from './report-files';
import type { ExperimentResult, Run } from './runs';
import type { Session } from './session';

/**
 * Prints the result of a run that is complete: the answer, the comparison, what to keep in mind, where the report lies, how PyTorch loads the
 * encoder, and what to try where the answer disappoints.
 * @param stackStops whether the local stack ends with this command, and its addresses with it
 * @returns what to keep in mind, as the report says it
 * @throws {CliFailure} when the run did not complete
 */
export async function presentResult(
  session: Session,
  run: Run,
  name: string,
  output: Output,
  stackStops = false,
): Promise<string[]> {
  const result = await outcomeOf(run, name);
  const page = session.uiPage(name);
  if (result.reportKey === null) {
    output.line(pc.bold(result.headline));
    output.line('It is a member of a sweep: only the winner is judged by the test split and has a report.');
    output.answer({ experiment: name, status: 'completed', ...result, ui: page });
    return [];
  }
  const report = await fetchReport(session.store, name, defaultReportFolder(name)).catch((error: unknown) => {
    remark(`The report was not copied here: ${explain(error).message}`);
    return null;
  });
  const keepInMind = await warningsOf(session.store, name);
  const encoder = await encoderOf(session.store, name, stackStops);
  output.line();
  output.line(pc.bold(result.headline));
  output.line();
  output.line(budgetTable(result.table));
  showKeptInMind(keepInMind, output);
  output.line();
  const object = `${result.reportKey} in ${session.store.location}`;
  if (stackStops && report) output.line(`Report: ${report.page} (open it in a browser)`);
  else output.line(`Report: ${report ? `${report.page} (also ${object})` : object}`);
  if (page && !stackStops) output.line(`Run:    ${page}`);
  if (encoder.pytorch.length > 0) {
    output.line(`\n${pytorchCaption(encoder.here ? '' : name)}`);
    for (const line of encoder.pytorch) output.line(line);
  }
  for (const line of nextLines(result.next ?? [], name, report?.files, stackStops)) output.line(line);
  if (stackStops) {
    output.line();
    output.line(
      'The local stack stops now, or with the last command that uses it, and keeps what it did; "byol up" brings it back, with Temporal\'s UI.',
    );
    if (presets[name]) output.line(`Settings of your own: byol spec ${name} > mine.yaml`);
  }
  const { pytorch } = encoder;
  const told = { ...result, keepInMind, reportFile: report?.page, pytorch, ui: page };
  output.answer({ experiment: name, status: 'completed', ...told });
  return keepInMind;
}

/** A result is shown without them where storage does not answer. */
const warningsOf = (store: ObjectStore, name: string): Promise<string[]> =>
  keptInMind(store, name).catch((error: unknown) => {
    remark(`What to keep in mind could not be read: ${explain(error).message}`);
    return [];
  });

/**
 * The lines that load the encoder. With a stack that stops, the weights are copied here first: nobody could fetch them then.
 */
async function encoderOf(store: ObjectStore, name: string, stackStops: boolean) {
  try {
    const folder = defaultModelFolder(name);
    const pytorch = await pytorchLines(store, name, folder);
    if (stackStops && pytorch.length > 0) removedLines((await fetchModel(store, name, folder)).removed).forEach(remark);
    return { pytorch, here: stackStops };
  } catch (error) {
    remark(`The weights were not copied here: ${explain(error).message}`);
    return { pytorch: [], here: false };
  }
}

/** What to try next, as the report says it, with commands that can be typed here. */
function nextLines(
  next: NonNullable<ExperimentResult['next']>,
  name: string,
  reportFiles: readonly string[] | undefined,
  stackStops: boolean,
): string[] {
  if (next.length === 0) return [];
  const spec = reportFiles?.find((file) => basename(file) === 'spec.yaml') ?? 'spec.yaml';
  const commands = startLines(spec, name, next);
  const steps = next.slice(0, mostShown).flatMap(({ text }, at) => {
    const command = commands[at];
    return [`  ${text}`, ...(command ? [`    ${command}${stackStops ? ' --up' : ''}`] : [])];
  });
  const more = next.length > mostShown ? [`  ${next.length - mostShown} more in the report.`] : [];
  return ['', 'What to try next:', ...steps, ...more];
}

/** How to run again what is complete. */
export const runAnew = (name: string): string =>
  `"${name}" is complete already; this is its result. To run it anew, give it another name: name=${nextName(name)}.`;
