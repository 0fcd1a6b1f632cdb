import { Command } from 'commander';
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
  const { name, page, files } = await withStore(async (store) => {
    const of = await winnerOrSelf(store, given);
    return { name: of, ...(await fetchReport(store, of, options.output ?? defaultReportFolder(of))) };
  });
  for (const file of files) output.line(file);
  output.answer({ experiment: name, page, files });
}
