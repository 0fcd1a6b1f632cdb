import { settingsText } from '../../experiment/sweep/grid';
import { epochsOfRung, promotedCount } from '../../experiment/sweep/halving';
import type { SweepPlan } from '../../experiment/sweep/plan';
import { sharesWork } from '../../experiment/sweep/shared';
import type { sweep } from '../../workflows/sweep';
import { startNamed } from '../runs';
import type { Session } from '../session';
import { planDigest } from './record';

/** Starts the workflow of a sweep, or finds the one of its name, as `startRun` does an experiment's. @throws {CliFailure} */
export function startSweep(session: Session, plan: SweepPlan): Promise<'started' | 'running' | 'completed'> {
  const { name, rungs, keep, members } = plan;
  const digest = planDigest(plan);
  const dataset = members[0]?.spec.dataset.kind ?? '';
  const settings = members.map((member) => settingsText(member.settings));
  const input = { ref: { name, plan: digest }, dataset, members: settings, rungs, keep, shared: sharesWork(plan) };
  return startNamed(session, {
    type: 'sweep',
    ...{ name, digest, dataset },
    summary: `sweep of ${members.length} members, ${rungs} ${rungs === 1 ? 'rung' : 'rungs'}, ${dataset}`,
    details: rungLines(plan).join('\n\n'),
    args: [input] satisfies Parameters<typeof sweep>,
  });
}

/** What each rung does, a line each: `rung 1 of 3: 9 members, 1 epochs of pretraining; 3 go on`. */
export function rungLines(plan: SweepPlan): string[] {
  const lines: string[] = [];
  let standing = plan.members.length;
  for (let rung = 1; rung <= plan.rungs && standing > 1; rung++) {
    const next = promotedCount(plan, rung, standing);
    const lengths = (epochsOf: (member: SweepPlan['members'][number]) => readonly number[]) =>
      [...new Set(plan.members.flatMap((member) => epochsOf(member).map((epochs) => epochsOfRung(plan, rung, epochs))))]
        .sort((a, b) => a - b)
        .join(', ');
    const pretraining = lengths(({ spec }) => [spec.pretraining.epochs]);
    const classifier = lengths(({ spec }) => [spec.classifier.epochs].flat());
    lines.push(
      `rung ${rung} of ${plan.rungs}: ${standing} members, epochs of pretraining ${pretraining}, of classifiers ${classifier}; ` +
        (rung === plan.rungs ? 'the best on validation wins' : `the best ${next} on validation go on`),
    );
    standing = next;
  }
  return [...lines, 'The winner is trained in full, and it alone is judged by the test split, once.'];
}
