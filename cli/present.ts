import pc from 'picocolors';
import { presets } from '../experiment/presets';
import { comparisonTable } from './comparison-table';
import { explain } from './failure';
import { outcomeOf } from './outcome';
import { remark, type Output } from './output';
import { nextName } from './record';
import { defaultReportFolder, fetchReport } from './report-files';
import type { Run } from './runs';
import type { Session } from './session';

/**
 * Prints the result of a run that is complete: the answer, the comparison, and where the report lies.
 * @param stackStops whether the local stack ends with this command, and its addresses with it
 * @throws {CliFailure} when the run did not complete
 */
export async function presentResult(
  session: Session,
  run: Run,
  name: string,
  output: Output,
  stackStops = false,
): Promise<void> {
  const result = await outcomeOf(run, name);
  const page = session.uiPage(name);
  if (result.reportKey === null) {
    output.line(pc.bold(result.headline));
    output.line('It is a member of a sweep: only the winner is judged by the test split and has a report.');
    output.answer({ experiment: name, status: 'completed', ...result, ui: page });
    return;
  }
  const object = `${result.reportKey} in ${session.store.location}`;
  const report = await fetchReport(session.store, name, defaultReportFolder(name)).catch((error: unknown) => {
    remark(`The report was not copied here: ${explain(error).message}`);
    return null;
  });
  output.line();
  output.line(pc.bold(result.headline));
  output.line();
  output.line(comparisonTable(result.table));
  output.line();
  if (stackStops && report) {
    output.line(`Report: ${report.page} (open it in a browser)`);
    output.line('The local stack stops now and keeps what it did; "byol up" brings it back, with Temporal\'s UI.');
    output.line(`Next, settings of your own: byol spec ${presets[name] ? name : 'mnist-quickstart'} > mine.yaml`);
  } else {
    output.line(`Report: ${report ? `${report.page} (also ${object})` : object}`);
    if (page) output.line(`Run:    ${page}`);
  }
  output.answer({ experiment: name, status: 'completed', ...result, reportFile: report?.page, ui: page });
}

/** How to run again what is complete. */
export const runAnew = (name: string): string =>
  `"${name}" is complete already; this is its result. To run it anew, give it another name: name=${nextName(name)}.`;
