import { sweepMembership } from '../../experiment/sweep/candidates';
import { settingsText } from '../../experiment/sweep/grid';
import { startLine } from '../../experiment/start-line';
import { experimentSweep } from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { storedPlan } from './record';
import { standingOf } from './winner';

const rule =
  'Only the winner of a sweep is judged by the test split: it alone has a report, exported weights and a classifier to predict with';

/**
 * Why a member of a sweep lacks what only winners have, and what to do about it: the end of a sentence and some more.
 * null for a winner, and for what is no member.
 */
export async function lostInSweep(store: ObjectStore, name: string): Promise<string | null> {
  const found = await store.getIfPresent(experimentSweep(name));
  const membership = found && parsed(found.body.toString('utf8'));
  if (!membership) return null;
  const { sweep, member } = membership;
  const winner = (await standingOf(store, sweep))?.winner?.experiment;
  if (winner === name) return null;
  if (winner === undefined)
    return `: it is a member of the sweep "${sweep}", which has no winner yet. ${rule}. "byol status ${sweep}" shows how it stands.`;
  const settings = (await storedPlan(store, sweep))?.members[member - 1]?.settings ?? [];
  const own = [...settings.map((setting) => settingsText([setting])), `name=${sweep}-alone-${member}`];
  return (
    `, and there will be none: it is a member of the sweep "${sweep}", whose winner is ${winner}. ${rule}. "byol report ${winner}" ` +
    `has the winner's; "byol metrics ${name}" has the epochs of this one. To judge its settings too, start them as an experiment ` +
    `of their own, with the SPEC and the other settings of the sweep: ${startLine('SPEC', own)}`
  );
}

function parsed(text: string) {
  try {
    return sweepMembership.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
