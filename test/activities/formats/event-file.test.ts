import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { crc32c, eventFile } from '../../../activities/formats/event-file';
import type { RunMetrics } from '../../../experiment/run-metrics';
import { readFixture } from '../../reference/read-fixture';

/** What TensorBoard's own classes wrote, and read back (event_file.py). */
const fixture = readFixture('event-file.json') as {
  epochs: { wallTime: number; step: number; values: Record<string, number> }[];
  file: string;
};
const metrics: RunMetrics[] = fixture.epochs.map(({ wallTime, step, values }, index) => {
  return { epoch: index + 1, step, at: new Date(1000 * wallTime).toISOString(), values };
});

test('has the bytes that TensorBoard itself writes of the same numbers', () => {
  expect(eventFile(metrics).toString('base64')).toBe(fixture.file);
});

test('grows at its end, epoch by epoch', () => {
  const whole = eventFile(metrics);
  for (let count = 1; count <= metrics.length; count++) {
    const sofar = eventFile(metrics.slice(0, count));
    expect(whole.subarray(0, sofar.length).equals(sofar)).toBe(true);
  }
});

test('an epoch without a time ends as long after the one before it as it took', () => {
  const ended = (second: number): RunMetrics => {
    return { epoch: second, step: second, values: { seconds: 4 }, at: new Date(1000 * second).toISOString() };
  };
  const [one, two] = [ended(10), ended(14)];
  const { at: _, ...untimed } = two;
  expect(eventFile([one, untimed])).toEqual(eventFile([one, two]));
});

test('the checksum is that of RFC 3720, appendix B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, at) => at)))).toBe(0x46dd794e);
});

/** The records of a TFRecord file, up to the first that is damaged. */
function whole(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  const unmasked = (at: number) => {
    const rotated = (file.readUInt32LE(at) - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  for (let at = 0; at + 16 <= file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const end = at + 12 + length;
    if (crc32c(file.subarray(at, at + 8)) !== unmasked(at + 8) || end + 4 > file.length) break;
    const data = file.subarray(at + 12, end);
    if (crc32c(data) !== unmasked(end)) break;
    records.push(data);
    at = end + 4;
  }
  return records;
}

test('a bit that is turned anywhere is seen by who checks the records', () => {
  const sound = eventFile(metrics);
  expect(whole(sound)).toHaveLength(metrics.length + 1);
  fc.assert(
    fc.property(fc.nat(sound.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] as number) ^ (1 << bit);
      const found = whole(damaged);
      expect(found.length).toBeLessThan(metrics.length + 1);
      expect(isDeepStrictEqual(found, whole(sound).slice(0, found.length))).toBe(true);
    }),
  );
});
