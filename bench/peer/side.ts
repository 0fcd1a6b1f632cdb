import { availableParallelism } from 'node:os';
import { formatOf, specOf, type Case } from '../cases';
import { orClosed, type BenchContext, type Side } from '../stages/stage';
import { PeerProcess } from './process';

/** What the peer is told about a case. */
export function peerCase(each: Case, context: BenchContext) {
  const { model, pretraining } = specOf(each, true);
  const { projector, predictor, views } = pretraining;
  const networks = { model, projector, predictor, channels: formatOf(each).channels };
  const device = context.device === 'gpu' ? 'cuda' : 'cpu';
  return { ...each, networks, views, device, threads: availableParallelism(), seconds: context.seconds };
}

/**
 * PyTorch, prepared for a stage.
 *
 * @param request `prepare` and what else peer.py is to know
 * @param run what is measured, of what it prepared
 * @param once what it does before
 */
export async function peerSide(
  context: BenchContext,
  each: Case,
  request: { prepare: string; [name: string]: unknown },
  { run = 'run', once }: { run?: string; once?: string } = {},
): Promise<Side> {
  const peer = PeerProcess.open(context.python);
  const close = () => peer.close();
  return orClosed(close, async () => {
    const { about, tried } = await peer.ask({ ...peerCase(each, context), ...request });
    if (once !== undefined) await peer.value({ run: once });
    const measure = () => peer.value({ run });
    return {
      measure,
      close,
      ...(about && { about }),
      ...(tried && { tried }),
    };
  });
}
