import { winnerOrSelf } from '../../cli/sweep/winner';
import { CliFailure } from '../../cli/failure';
import type { ObjectStore } from '../../storage/object-store';

test.each(['{"format":"durable-byol-leader', '{"winner":1}'])(
  'a leaderboard that is damaged is told as that: %s',
  async (text) => {
    const store = {
      location: 's3://here',
      head: () => Promise.resolve({ bytes: 1 }),
      getIfPresent: () => Promise.resolve({ body: Buffer.from(text) }),
    } as unknown as ObjectStore;
    const failure = await winnerOrSelf(store, 'rates').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CliFailure);
    expect((failure as Error).message).toMatch(
      /sweeps\/rates\/leaderboard\.json in s3:\/\/here\) .*byol resume rates/s,
    );
  },
);
