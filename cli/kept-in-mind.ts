import { z } from 'zod';
import { report } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import type { Output } from './output';

/** What is read here of report.json (report/json.ts). */
const told = z.object({ keepInMind: z.array(z.string()) });

/** More than that are no warning any more, but reading; of steps to try too. */
export const mostShown = 3;

/**
 * What an experiment's report has under "Keep in mind", in its words, the worst first.
 * @returns [] where there is nothing, and where the report is of another version
 */
export async function keptInMind(store: ObjectStore, name: string): Promise<string[]> {
  const stored = await store.getIfPresent(report(name, 'report.json'));
  return told.safeParse(stored && parsed(stored.body.toString('utf8'))).data?.keepInMind ?? [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The worst of them as lines for the terminal. */
export function showKeptInMind(findings: readonly string[], output: Output): void {
  if (findings.length === 0) return;
  output.line('\nKeep in mind:');
  for (const text of findings.slice(0, mostShown)) output.line(`  ${text}`);
  if (findings.length > mostShown) output.line(`  ${findings.length - mostShown} more in the report.`);
}
