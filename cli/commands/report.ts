import { Command } from 'commander';
import { keptInMind, showKeptInMind } from '../kept-in-mind';
import { openOutput } from '../output';
import { checkName } from '../record';
import { defaultReportFolder, fetchReport } from '../report-files';
import { withStore } from '../session';
import { winnerOrSelf } from '../sweep/winner';

export function reportCommand(): Command {
  return new Command('report')
    .description("fetch an experiment's report from object storage: HTML, Markdown and JSON")
    .argument('<name>', "the experiment's name, or a sweep's: its winner's report")
    .option('-o, --output <folder>', 'where to (default: reports/NAME)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  byol report mnist-quickstart -o quickstart-report')
    .action(report);
}

async function report(given: string, options: { output?: string; json?: boolean }): Promise<void> {
  checkName(given);
  const output = openOutput(options.json);
  const { name, page, files, keepInMind } = await withStore(async (store) => {
    const of = await winnerOrSelf(store, given);
    const fetched = await fetchReport(store, of, options.output ?? defaultReportFolder(of));
    return { name: of, ...fetched, keepInMind: await keptInMind(store, of) };
  });
  for (const file of files) output.line(file);
  showKeptInMind(keepInMind, output);
  output.answer({ experiment: name, page, files, keepInMind });
}
