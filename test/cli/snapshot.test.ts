import type { WorkflowExecutionDescription } from '@temporalio/client';
import { activitiesOf } from '../../cli/snapshot';

const failureOf = (lastFailure: object) =>
  activitiesOf({ raw: { pendingActivities: [{ lastFailure }] } } as WorkflowExecutionDescription)[0]?.failure;

test('why an activity is tried again is told in its own words, with the remedy, and not by what lies below them', () => {
  const sentence =
    'example.org could not be reached (ENOTFOUND). Fetch it by hand and give its path as dataset.source.';
  const below = { message: 'fetch failed', cause: { message: 'getaddrinfo ENOTFOUND example.org' } };
  expect(failureOf({ message: sentence, cause: below })).toBe(sentence);
  expect(failureOf({ message: 'two\nlines' })).toBe('two');
  expect(failureOf({ message: '', cause: below })).toBe('fetch failed');
  expect(failureOf({})).toBe('');
});
