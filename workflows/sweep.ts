import { ApplicationFailure, CancellationScope, ChildWorkflowFailure } from '@temporalio/workflow';
import type { SweepRef } from '../activities/sweep/prepare-member';
import { memberName, promoted, type Scored } from '../experiment/sweep/halving';
import type { Leaderboard, Score } from '../experiment/sweep/leaderboard';
import { inLanes, runNamed } from './children';
import type { ComparisonSummary } from './classifier';
import { experiment, type ExperimentResult } from './experiment';
import { explainFailure } from './explain-failure';
import { prepareMember, recallLeaderboard } from './proxies';
import { accuracyByArm, meanAccuracy } from './score';
import { mark } from './search-attributes';
import { conclude } from './stage';
import { openSweepBoard, type SweepBoard } from './sweep-board';

export interface SweepInput {
  ref: SweepRef;
  /** The dataset's kind. */
  dataset: string;
  /** What each member sets, in words. */
  members: string[];
  /** See experiment/sweep/halving.ts. */
  rungs: number;
  keep: number;
  /** Whether members have stages in common: the first then goes ahead, and the others take them from it. */
  shared: boolean;
}

export interface SweepResult {
  leaderboard: Leaderboard;
  /** The winner's, from its one look at the test split. */
  winner: ExperimentResult;
}

/** Members that run at the same time. Each has enough for several devices, and those that end early show what to expect. */
const mostAtOnce = 4;

/**
 * Tries every member of a grid, each an experiment of its own, and lets the validation split choose: by successive
 * halving where there is more than one rung. Only the winner is judged by the test split. Its id is the sweep's name.
 */
export async function sweep(input: SweepInput): Promise<SweepResult> {
  const { ref, members } = input;
  mark({ experiment: ref.name, dataset: input.dataset, stage: 'sweep' });
  const board = openSweepBoard(input);

  const halve = async (): Promise<SweepResult> => {
    const earlier = await recallLeaderboard.executeWithOptions({ summary: 'what is known' }, [ref]);
    if (earlier) board.recall(earlier);
    let standing = members.map((_, at) => at + 1);
    let after: number | undefined;
    for (let rung = 1; rung <= input.rungs && standing.length > 1; rung++) {
      board.set({ rung });
      const scored = await tryAll(input, board, { rung, after, members: standing });
      standing = promoted(input, rung, scored).map(({ member }) => member);
      for (const { member, validationAccuracy } of scored)
        if (validationAccuracy !== null && !standing.includes(member)) board.note(member, { state: 'dropped' });
      after = rung;
    }
    return crown(input, board, standing[0] as number, after as number);
  };

  return conclude(`The sweep ${ref.name}`, halve, (outcome) => board.show(outcome));
}

/** One rung. @throws ApplicationFailure when no member came through it */
async function tryAll(
  input: SweepInput,
  board: SweepBoard,
  { members, rung, after }: { members: readonly number[]; rung: number; after: number | undefined },
): Promise<Scored[]> {
  const ahead = input.shared ? members.slice(0, 1) : [];
  const attempt = (member: number) => tryMember(input, board, { member, rung, after });
  await inLanes(ahead, 1, attempt);
  await inLanes(members.slice(ahead.length), mostAtOnce, attempt);
  const scored = members.map((member) => ({
    member,
    validationAccuracy: board.scoreOf(member, rung)?.validationAccuracy ?? null,
  }));
  if (scored.some(({ validationAccuracy }) => validationAccuracy !== null)) return scored;
  const why = board.standing().rows.find(({ failure }) => failure !== undefined)?.failure ?? '';
  const message = `None of the ${members.length} members came through rung ${rung}. The first failure: ${why}`;
  throw ApplicationFailure.create({ message, type: 'NoMemberLeft', nonRetryable: true });
}

/** A member's experiment in one rung. One that fails is out, and the sweep goes on without it: settings may be bad. */
async function tryMember(
  { ref, rungs, members }: SweepInput,
  board: SweepBoard,
  { member, rung, after }: { member: number; rung: number; after: number | undefined },
): Promise<void> {
  if (board.scoreOf(member, rung)) return;
  board.note(member, { state: 'running', experiment: memberName(ref.name, { rungs }, member, rung) });
  try {
    const summary = shortened(`member ${member}, rung ${rung}: ${members[member - 1]}`);
    const call = { sweep: ref, member, rung, after, tried: board.triedIn(rung) };
    const prepared = await prepareMember.executeWithOptions({ summary }, [call]);
    const { name } = prepared.ref;
    const { comparisons } = await runNamed(experiment, name, [{ ...prepared, withoutTest: true }], summary);
    board.score(member, scoreOf(rung, name, comparisons));
    board.note(member, { state: 'tried' });
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) || CancellationScope.current().consideredCancelled) throw error;
    board.note(member, { state: 'failed', failure: explainFailure(`Member ${member}`, error) });
  }
  await board.keep();
}

/** The winner's full run, and the one look at the test split. What it was trained for already is not trained again. */
async function crown(input: SweepInput, board: SweepBoard, member: number, after: number): Promise<SweepResult> {
  const { ref, rungs, members } = input;
  const name = memberName(ref.name, input, member, rungs);
  board.set({ rung: rungs });
  board.note(member, { state: 'winner', experiment: name });
  const summary = shortened(`the winner, member ${member}: ${members[member - 1]}`);
  const from = { after: after < rungs ? after : undefined, tried: board.triedIn(rungs) };
  const prepared = await prepareMember.executeWithOptions({ summary }, [{ sweep: ref, member, rung: rungs, ...from }]);
  const winner = await runNamed(experiment, name, [prepared], summary);
  const { headline, reportKey } = winner;
  if (!board.scoreOf(member, rungs)) board.score(member, scoreOf(rungs, name, winner.comparisons));
  board.set({ winner: { member, experiment: name, headline, report: reportKey ?? '' } });
  await board.keep();
  return { leaderboard: board.standing(), winner };
}

const scoreOf = (rung: number, name: string, comparisons: readonly ComparisonSummary[]): Score => ({
  ...{ rung, experiment: name },
  validationAccuracy: meanAccuracy(comparisons),
  byArm: accuracyByArm(comparisons),
});

/** Temporal refuses long summaries. */
const shortened = (summary: string): string => summary.slice(0, 120);
