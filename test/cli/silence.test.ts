import { CliFailure } from '../../cli/failure';
import { isOutage, lacksWorker, silenceOf, unansweredBecause } from '../../cli/silence';

const unavailable = Object.assign(new Error('14 UNAVAILABLE: connection refused'), { code: 14 });
const late = new Error('query failed', { cause: { code: 4 } });

describe('a Temporal server that is silent', () => {
  const whereTheStackIs = (first: string | undefined, then: string | undefined) => {
    let at = first;
    const silence = silenceOf('here:1', 'byol watch mine', () => at);
    at = then;
    return silence;
  };

  test('is waited for, whether it is a cluster or a local stack that still runs', () => {
    const cluster = whereTheStackIs(undefined, 'elsewhere:2');
    expect(cluster(unavailable)).toBe('the Temporal server does not answer (14 UNAVAILABLE: connection refused)');
    expect(whereTheStackIs('here:1', 'here:1')(unavailable)).toContain('does not answer');
  });

  test('is a local stack that has stopped, and may come back', () =>
    expect(whereTheStackIs('here:1', undefined)(unavailable)).toContain('"byol up" starts it again'));

  test('is not waited for once another local stack has come', () => {
    const wait = whereTheStackIs('here:1', 'here:2');
    const refused = expect(() => wait(unavailable));
    refused.toThrow(CliFailure);
    refused.toThrow(/another address: "byol watch mine"/);
  });
});

test('what may pass by itself is told from what may not, at the error or below it', () => {
  expect([unavailable, late, { cause: { code: 8 } }].map(isOutage)).toEqual([true, true, true]);
  expect([new Error('no'), { code: 5 }, 'text', { cause: 'text' }].map(isOutage)).toEqual([false, false, false, false]);
});

test('a query that nobody answers is told by its deadline or by what Temporal says of pollers, else by its error', () => {
  expect([late, new Error('no poller seen for task queue recently')].map(lacksWorker)).toEqual([true, true]);
  expect(unansweredBecause(late)).toContain('"byol up" starts one');
  expect(unansweredBecause(new Error('5 NOT_FOUND: gone'))).toBe('5 NOT_FOUND: gone');
});
