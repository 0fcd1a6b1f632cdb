import fc from 'fast-check';
import { z } from 'zod';
import { parseStoredResult, ResultDamagedError, sealedResult } from '../../../activities/formats/stored-result';

const result = z.object({
  accuracy: z.number(),
  loss: z.number().nullable(),
  curve: z.array(z.object({ at: z.number() })),
});
const some = fc.record({
  accuracy: fc.double({ noNaN: true, noDefaultInfinity: true }),
  loss: fc.option(fc.double()),
  curve: fc.array(fc.record({ at: fc.integer() }), { maxLength: 3 }),
});
const read = (body: Buffer) => parseStoredResult(body, result, 'a/result.json');
const asJson = (value: object): unknown => JSON.parse(JSON.stringify(value));

test('what was sealed comes back as JSON has it', () => {
  fc.assert(fc.property(some, (value) => expect(read(sealedResult(value))).toEqual(asJson(value))));
});

test('a value that somebody changed is refused, with the key and what to do', () => {
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 1000 }), (value, by) => {
      const stored = JSON.parse(sealedResult(value).toString()) as { accuracy: number };
      const changed = { ...stored, accuracy: stored.accuracy === by ? by + 1 : by };
      expect(() => read(Buffer.from(JSON.stringify(changed)))).toThrow(ResultDamagedError);
    }),
  );
  const sealed = sealedResult({ accuracy: 0.5, loss: null, curve: [] }).toString();
  expect(() => read(Buffer.from(sealed.replace('0.5', '0.9')))).toThrow(
    /^a\/result\.json is not what this program wrote: by its seal somebody changed a value in it\. Remove that object/,
  );
});

test("spaces and line ends are nobody's harm, and a result of an older version has no seal", () => {
  const value = { accuracy: 0.5, loss: null, curve: [{ at: 1 }] };
  const rewritten = JSON.stringify(JSON.parse(sealedResult(value).toString()));
  expect(read(Buffer.from(rewritten))).toEqual(value);
  expect(read(Buffer.from(JSON.stringify(value)))).toEqual(value);
});
