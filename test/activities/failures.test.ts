import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { toFailure, withFailures } from '../../activities/failures';
import { EngineError } from '../../engine/client';
import { DatasetError, DownloadError } from '../../datasets/errors';
import { AccessDeniedError, BucketMissingError, StorageUnreachableError } from '../../storage/errors';
import { quietEnvironment } from './quiet-environment';

const isFinal = (error: Error, attempt: number) => (toFailure(error, attempt) as ApplicationFailure).nonRetryable;

test('what another attempt cannot mend is final at once', () => {
  const failure = toFailure(new DatasetError('train_X.bin has the wrong md5'), 1) as ApplicationFailure;
  expect(failure).toMatchObject({ type: 'DatasetError', message: 'train_X.bin has the wrong md5', nonRetryable: true });
});

test('a store or a server that is down is waited for, however long', () => {
  for (const error of [new StorageUnreachableError('down'), new DownloadError('down')]) {
    expect(isFinal(error, 5000)).toBe(false);
  }
});

test('a missing bucket and refused credentials get some attempts', () => {
  for (const error of [new BucketMissingError('gone'), new AccessDeniedError('no')]) {
    expect([1, 6, 7, 8].map((attempt) => isFinal(error, attempt))).toEqual([false, false, true, true]);
  }
});

test('an engine that crashed, and what nobody thought of, is tried again, but not for days', () => {
  for (const error of [new TypeError('x is undefined'), new EngineError('was killed')]) {
    expect([1, 19, 20].map((attempt) => isFinal(error, attempt))).toEqual([false, false, true]);
  }
});

test('what Temporal is told of an attempt that is repeated fits into what it keeps, and has beginning and end', () => {
  const below = Array.from({ length: 9 }).reduce<Error>(
    (cause) => new Error('x'.repeat(900), { cause }),
    new Error('z'),
  );
  const long = new StorageUnreachableError(`begins ${'и'.repeat(5000)} ends`, { cause: below });
  const told = (error: Error, attempt: number) => {
    const encoded = new DefaultFailureConverter().errorToFailure(toFailure(error, attempt), defaultPayloadConverter);
    return { ...encoded, bytes: Buffer.byteLength(JSON.stringify(encoded)) };
  };
  const waiting = told(long, 3);
  expect(waiting.bytes).toBeLessThan(4000);
  expect(waiting.message).toMatch(/^begins .* … .* ends$/);
  expect(waiting.stackTrace).toMatch(/^ {4}at .*failures\.test/);
  expect(told(new StorageUnreachableError('short', { cause: below }), 3)).toMatchObject({
    message: 'short',
    cause: undefined,
  });
  expect(told(new DatasetError('y'.repeat(3000)), 1).message).toBe('y'.repeat(3000)); // final: it goes into the history
});

test('a sentence that a file made megabytes of still reaches the server, with its beginning and its end', () => {
  const { message, nonRetryable } = toFailure(
    new DatasetError(`begins ${'x'.repeat(2e7)} ends`),
    1,
  ) as ApplicationFailure;
  expect(nonRetryable).toBe(true);
  expect(message.length).toBeLessThan(11_000);
  expect(message).toMatch(/^begins .* … .* ends$/);
});

test('a failure that is one already stays as it is', () => {
  const failure = ApplicationFailure.retryable('later');
  expect(toFailure(failure, 100)).toBe(failure);
});

test("a cancelled activity ends with the signal's reason, whatever the code below threw", async () => {
  const environment = quietEnvironment();
  const activity = withFailures(async () => {
    environment.cancel('CANCELLED');
    return Promise.reject(new DOMException('This operation was aborted', 'AbortError'));
  });
  await expect(environment.run(activity)).rejects.toBeInstanceOf(CancelledFailure);
});

test('the attempt that counts is the one that runs', async () => {
  const activity = withFailures(() => Promise.reject(new BucketMissingError('gone')));
  const run = (attempt: number) =>
    quietEnvironment({ attempt })
      .run(activity)
      .catch((error: unknown) => error);
  expect(await run(1)).toMatchObject({ nonRetryable: false });
  expect(await run(7)).toMatchObject({ nonRetryable: true });
});
