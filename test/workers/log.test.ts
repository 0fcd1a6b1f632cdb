import { stripVTControlCharacters as withoutColours } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { pino } from 'pino';
import { readableLine, sdkLogger } from '../../workers/log';

test('a line for a terminal has the time, the message and its fields, without what is internal', () => {
  const entry = {
    level: 30,
    time: new Date(2026, 0, 2, 3, 4, 5).getTime(),
    msg: 'Ready',
    taskQueue: 'q',
    runId: 'r',
    err: {},
  };
  expect(withoutColours(readableLine(entry))).toBe('03:04:05 Ready taskQueue=q');
});

test("the SDK's entries say what an activity failed with, and carry plain values only", () => {
  const lines: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
  const error = ApplicationFailure.create({ message: 'The store is down.' });
  sdkLogger(log).warn('Activity failed', { error, activityType: 'evaluate', attempt: 2, args: [{ secret: 1 }] });
  const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(entry).toMatchObject({ msg: 'Activity failed: The store is down.', activityType: 'evaluate', attempt: 2 });
  expect(entry).not.toHaveProperty('args');
});
