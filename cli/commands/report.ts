import { Command } from 'commander';
import { openOutput } from '../output';
import { checkName } from '../record';
import { defaultReportFolder, fetchReport } from '../report-files';
import { withStore } from '../session';

export function reportCommand(): Command {
  return new Command('report')
    .description("fetch an experiment's report from object storage: HTML, Markdown and JSON")
    .argument('<name>', "the experiment's name")
    .option('-o, --output <folder>', 'where to (default: reports/NAME)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  byol report mnist-quickstart -o /tmp/quickstart')
    .action(report);
}

async function report(name: string, options: { output?: string; json?: boolean }): Promise<void> {
  checkName(name);
  const output = openOutput(options.json);
  const { page, files } = await withStore((store) =>
    fetchReport(store, name, options.output ?? defaultReportFolder(name)),
  );
  for (const file of files) output.line(file);
  output.answer({ experiment: name, page, files });
}
