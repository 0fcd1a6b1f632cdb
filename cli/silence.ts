import { CliFailure, exitCodes } from './failure';
import { runningStack } from './stack';
import { reason } from './temporal';

const DEADLINE_EXCEEDED = 4; // gRPC's numbers
const outages = [DEADLINE_EXCEEDED, 8, 14]; // RESOURCE_EXHAUSTED, UNAVAILABLE

const codesOf = (error: unknown): (number | undefined)[] =>
  [error, (error as { cause?: unknown }).cause].map((each) => (each as { code?: number } | undefined)?.code);

/** Whether asking again later may help. */
export const isOutage = (error: unknown): boolean => codesOf(error).some((code) => outages.includes(code ?? -1));

/** Whether a server that answers has no worker which answers a query. */
export const lacksWorker = (error: unknown): boolean =>
  codesOf(error).includes(DEADLINE_EXCEEDED) || /no poller|deadline/i.test(reason(error));

/** Why a workflow's query was not answered. */
export const unansweredBecause = (error: unknown): string =>
  lacksWorker(error)
    ? 'no worker answers on the task queue byol-cpu; "byol up" starts one, where none runs'
    : reason(error);

/**
 * Why a server is silent, by the error that asking it ended with.
 * @throws {CliFailure} where nobody should wait for it
 */
export type Silence = (error: unknown) => string;

/**
 * Looks now whether a Temporal server is the one of this machine's stack, which may stop and come back elsewhere.
 *
 * @param address `host:port`
 * @param comeBack the command that follows again
 * @param stackNow the address of this machine's stack, if one runs
 * @returns refuses to wait for a stack that was stopped, where another has come since
 */
export function silenceOf(
  address: string,
  comeBack: string,
  stackNow: () => string | undefined = () => runningStack()?.temporal.address,
): Silence {
  const local = stackNow() === address;
  return (error) => {
    const now = stackNow();
    if (!local || now === address) return `the Temporal server does not answer (${reason(error)})`;
    if (now === undefined) return 'the local stack has stopped: "byol up" starts it again, and what it was at goes on';
    throw new CliFailure(
      exitCodes.unreachable,
      `The local stack was stopped, and one was started at another address: "${comeBack}" shows how it goes on there.`,
    );
  };
}
