import { parse, type Type } from 'protobufjs';
import type { RunMetrics } from '../../experiment/run-metrics';

/** What an event file holds: tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto, as far as scalars need. */
const source = `
syntax = "proto3";
message Summary { message Value { string tag = 1; oneof value { float simple_value = 2; } } repeated Value value = 1; }
message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
`;

let event: Type | undefined;

/**
 * A run's metrics as TensorBoard reads them: a scalar for each name, by optimizer step. Equal metrics give equal bytes, and
 * more epochs of a run only add to the end, which a TensorBoard that is open takes up.
 *
 * Wall times are those of the metrics; an epoch that has none is taken to end `seconds` after the one before it.
 */
export function eventFile(metrics: readonly RunMetrics[]): Buffer {
  const times = wallTimes(metrics);
  const head = { wallTime: times[0] ?? 0, fileVersion: 'brain.Event:2' };
  const epochs = metrics.map(({ step, values }, at) => ({
    wallTime: times[at],
    step,
    summary: { value: Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue })) },
  }));
  event ??= parse(source).root.lookupType('Event');
  const type = event;
  return Buffer.concat([head, ...epochs].map((each) => record(type.encode(type.fromObject(each)).finish())));
}

/** Seconds since 1970. */
function wallTimes(metrics: readonly RunMetrics[]): number[] {
  let last = 0;
  return metrics.map(({ at, values }) => {
    last = at === undefined ? last + (values['seconds'] ?? 0) : Date.parse(at) / 1000;
    return last;
  });
}

/**
 * One record of a TFRecord file (tensorflow/core/lib/io/record_writer.h): length as uint64, its checksum, the data, its
 * checksum; all little-endian.
 */
function record(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(data.length + 16);
  framed.writeBigUInt64LE(BigInt(data.length));
  framed.writeUInt32LE(masked(framed.subarray(0, 8)), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(masked(data), data.length + 12);
  return framed;
}

/** A checksum of data that may hold checksums itself (tensorflow/core/lib/hash/crc32c.h). */
function masked(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

let table: Uint32Array | undefined;

/** CRC-32 with Castagnoli's polynomial (RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc;
  });
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] as number);
  return ~crc >>> 0;
}
