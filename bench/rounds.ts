import type { Case } from './cases';
import { ratioOf, spreadOf } from './spread';
import type { Unmarked } from './results-file';
import type { BenchContext, Stage } from './stages/stage';

/** Both sides of a stage in turns, `rounds` times; who begins changes from round to round. */
export async function measureInTurns(
  stage: Stage,
  each: Case,
  context: BenchContext,
  rounds: number,
): Promise<Unmarked> {
  const { ours, peer } = await stage.open(context, each);
  try {
    const [mine, theirs]: [number[], number[]] = [[], []];
    const turns = [
      async () => mine.push(await ours.measure()),
      async () => peer && theirs.push(await peer.measure()),
    ] as const;
    for (let round = 0; round < rounds; round++)
      for (const turn of round % 2 === 0 ? turns : [...turns].reverse()) await turn();
    const { name, title, unit, better } = stage;
    return {
      ...{ stage: name, title, case: each.name, unit, better, rounds },
      ours: spreadOf(mine),
      peer: peer && spreadOf(theirs),
      ...(stage.against === undefined ? {} : { against: stage.against }),
      ratio: peer && ratioOf(mine, theirs, better),
      ...(peer?.about ? { peerIs: peer.about } : {}),
      ...(peer?.tried ? { tried: peer.tried } : {}),
      measured: new Date().toISOString(),
    };
  } finally {
    await Promise.all([ours.close(), peer?.close()]);
  }
}
