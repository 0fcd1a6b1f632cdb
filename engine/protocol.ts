import { z } from 'zod';

// By tag, not by instanceof: what comes over the channel may be of another realm.
const tagged =
  <T>(tag: string) =>
  (value: unknown): value is T =>
    Object.prototype.toString.call(value) === `[object ${tag}]`;
const int32s = z.custom<Int32Array>(tagged('Int32Array'));
const float32s = z.custom<Float32Array>(tagged('Float32Array'));
const bytes = z.custom<Uint8Array>((value) => tagged('Uint8Array')(value) || Buffer.isBuffer(value));

/** What a call feeds: int32 and float32 numbers or strings (paths); the only types that cross the border. */
export const feed = z.union([
  z.strictObject({ dtype: z.literal('int32'), shape: z.array(z.int().min(0)), values: int32s }),
  z.strictObject({ dtype: z.literal('float32'), shape: z.array(z.int().min(0)), values: float32s }),
  z.strictObject({ dtype: z.literal('string'), shape: z.tuple([]), values: z.array(z.string()).length(1) }),
]);
export type Feed = z.output<typeof feed>;

const call = { id: z.int(), program: z.string(), signature: z.string(), feeds: z.record(z.string(), feed) };

/** Parent to child, over the IPC channel with structured-clone serialization. */
export const request = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('run'), ...call }),
  z.strictObject({
    type: z.literal('save'),
    ...call,
    output: z.string(),
    path: z.string(),
    header: bytes.describe('written before the values'),
  }),
]);
export type Request = z.output<typeof request>;

export const output = z.strictObject({
  shape: z.array(z.int()),
  values: z.union([float32s, int32s]),
});
export type Output = z.output<typeof output>;

export const engineInfo = z.strictObject({ tensorflow: z.string(), device: z.enum(['cpu', 'gpu']) });
export type EngineInfo = z.output<typeof engineInfo>;

/** Child to parent. */
export const reply = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), info: engineInfo }),
  z.strictObject({ type: z.literal('outputs'), id: z.int(), outputs: z.record(z.string(), output) }),
  z.strictObject({ type: z.literal('saved'), id: z.int(), bytes: z.int(), sha256: z.string() }),
  z.strictObject({ type: z.literal('failed'), id: z.int(), message: z.string(), diskFull: z.boolean() }),
]);
export type Reply = z.output<typeof reply>;

/** int32 feed of any shape. */
export const int32Feed = (values: ArrayLike<number>, shape: number[] = []): Feed => ({
  dtype: 'int32',
  shape,
  values: Int32Array.from(values),
});
export const float32Feed = (values: ArrayLike<number>, shape: number[] = []): Feed => ({
  dtype: 'float32',
  shape,
  values: Float32Array.from(values),
});
export const stringFeed = (value: string): Feed => ({ dtype: 'string', shape: [], values: [value] });
