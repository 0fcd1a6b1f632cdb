import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import type { Client } from '@temporalio/client';
import { openOutput } from '../output';
import { withSession } from '../session';

export function listCommand(): Command {
  return new Command('list')
    .description('list the experiments and sweeps that Temporal knows, latest first')
    .option('-n, --limit <number>', 'how many at most', atLeastOne, 50)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nStages: fetch (the dataset), trials (pretraining and classifiers of every seed), export, report.\n\nExample:\n  byol list --json | jq -r ".[].name"',
    )
    .action(list);
}

function atLeastOne(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('It has to be a whole number, at least 1.');
}

interface Listed {
  name: string;
  status: string;
  dataset: string;
  stage: string;
  started: string;
  ended: string | null;
}

async function list(options: { limit: number; json?: boolean }): Promise<void> {
  const output = openOutput(options.json);
  const rows = await withSession(({ client }) => latestRuns(client, options.limit));
  output.answer(rows);
  if (rows.length === 0) return output.line('No experiments yet. The first: byol start mnist-quickstart --up');
  const table = new Table({
    head: ['name', 'status', 'dataset', 'stage', 'started', 'took'],
    style: { head: [], border: [] },
  });
  for (const row of rows)
    table.push([row.name, row.status, row.dataset, row.stage, row.started.slice(0, 16).replace('T', ' '), took(row)]);
  output.line(table.toString());
}

/** An experiment that was resumed has several runs under one name; the latest stands for it. */
async function latestRuns(client: Client, limit: number): Promise<Listed[]> {
  const rows = new Map<string, Listed>();
  for await (const run of client.workflow.list({ query: 'WorkflowType = "experiment" OR WorkflowType = "sweep"' })) {
    const attribute = (name: string) => String(run.searchAttributes[name]?.[0] ?? '');
    const listed = {
      name: run.workflowId,
      status: run.status.name.toLowerCase(),
      dataset: attribute('ByolDataset'),
      stage: attribute('ByolStage'),
      started: run.startTime.toISOString(),
      ended: run.closeTime?.toISOString() ?? null,
    };
    const known = rows.get(listed.name);
    if (!known && rows.size === limit) break;
    if (!known || known.started < listed.started) rows.set(listed.name, listed);
  }
  return [...rows.values()].sort((a, b) => (a.started < b.started ? 1 : -1));
}

function took({ started, ended }: Listed): string {
  const minutes = (Date.parse(ended ?? new Date().toISOString()) - Date.parse(started)) / 60_000;
  return minutes < 90 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`;
}
