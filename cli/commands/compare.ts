import Table from 'cli-table3';
import { Command } from 'commander';
import { compareExperiments, comparisonTable, parseReport, type Compared } from '../../report/compare';
import type { ArmStatistics } from '../../report/statistics';
import type { ObjectStore } from '../../storage/object-store';
import { CliFailure, exitCodes } from '../failure';
import { openOutput } from '../output';
import { readReportFile } from '../report-files';
import { withStore } from '../session';

const examples = `
Example:
  byol compare mnist-quickstart mnist-longer

Prints the settings in which the two differ, and for each label budget and arm that both have the mean test accuracies and
their difference (the second minus the first), paired by seed with the 95% interval of Student's t. Experiments on different
images are set side by side without a difference.`;

export function compareCommand(): Command {
  return new Command('compare')
    .description('set the results of two complete experiments side by side')
    .argument('<first>', "an experiment's name")
    .argument('<second>', "another's")
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action(run);
}

async function run(first: string, second: string, { json }: { json?: boolean }): Promise<void> {
  const output = openOutput(json);
  const [a, b] = await withStore((store) => Promise.all([resultsOf(store, first), resultsOf(store, second)]));
  const comparison = compareExperiments(a, b);
  const { settings, sameImages, pairs } = comparison;
  output.line(settings.length === 0 ? 'Their settings are the same.' : `Settings (${first} -> ${second}):`);
  for (const setting of settings) output.line(`  ${setting}`);
  const { head, rows } = comparisonTable(comparison, [first, second]);
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  output.line(pairs.length === 0 ? 'They have no label budget and arm in common.' : table.toString());
  if (sameImages && pairs.some(({ first, second }) => seedsOf(first) !== seedsOf(second)))
    output.line('Accuracies are means over all seeds of each, differences over the seeds that both have.');
  if (!sameImages)
    output.line(
      'They were tested on different images (their datasets have different digests): these accuracies are not comparable.',
    );
  output.answer({ first, second, ...comparison });
}

const seedsOf = ({ seeds }: Pick<ArmStatistics, 'seeds'>): string => seeds.map(({ seed }) => seed).join();

async function resultsOf(store: ObjectStore, name: string): Promise<Compared> {
  const results = parseReport(await readReportFile(store, name, 'report.json'));
  if (results) return results;
  throw new CliFailure(
    exitCodes.input,
    `The report.json of "${name}" in ${store.location} is no report that this version reads: another version wrote it. ` +
      `"byol resume ${name} --again" writes it anew; nothing is trained again.`,
  );
}
