import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { ObjectMissingError } from '../../storage/errors';
import { getSealed, putSealed as put, RecordEditedError } from '../../storage/sealed';
import { startObjectStore, type ObjectStoreServer } from '../servers/object-store';

jest.setTimeout(60_000);

let server: ObjectStoreServer;
let store: ObjectStore & { close(): void };

beforeAll(async () => {
  server = await startObjectStore();
  store = openObjectStore(server.with({ prefix: 'tests/sealed' }));
});
afterAll(async () => {
  store.close();
  await server.stop();
});

const putSealed = (to: ObjectStore, key: string, body: Buffer) =>
  put(to, key, body, key.replace(/spec\.json$/, 'runs/'));

const [first, other] = [Buffer.from('{"epochs": 8}\n'), Buffer.from('{"epochs": 9}\n')];

test('a record comes back as it was written, and a second writer leaves it as it is', async () => {
  expect(await putSealed(store, 'a/spec.json', first)).toBe('created');
  expect(await putSealed(store, 'a/spec.json', first)).toBe('created');
  expect(await putSealed(store, 'a/spec.json', other)).toBe('exists');
  expect(await getSealed(store, 'a/spec.json')).toEqual(first);
  await expect(getSealed(store, 'a/none.json')).rejects.toThrow(ObjectMissingError);
});

test('one that was edited, or lost a byte, is refused by name, with what to do', async () => {
  await putSealed(store, 'b/spec.json', first);
  await store.put('b/spec.json', other);
  const refused = getSealed(store, 'b/spec.json');
  await expect(refused).rejects.toThrow(RecordEditedError);
  await expect(refused).rejects.toThrow(
    /b\/spec\.json in s3:.*put them back, or start the changed ones under a new name/,
  );
  await store.put('b/spec.json', first.subarray(1));
  await expect(getSealed(store, 'b/spec.json')).rejects.toThrow(RecordEditedError);
  await store.put('b/spec.json', first);
  expect(await getSealed(store, 'b/spec.json')).toEqual(first);
});

test('the seal is read by sha256sum, and one of an older version without a seal is taken', async () => {
  await putSealed(store, 'c/spec.json', first);
  expect((await store.get('c/spec.json.sha256')).toString()).toMatch(/^[0-9a-f]{64} {2}spec\.json\n$/);
  await store.delete('c/spec.json.sha256');
  expect(await getSealed(store, 'c/spec.json')).toEqual(first);
  // The next who would write it seals what is there.
  expect(await putSealed(store, 'c/spec.json', other)).toBe('exists');
  await store.put('c/spec.json', other);
  await expect(getSealed(store, 'c/spec.json')).rejects.toThrow(RecordEditedError);
});

test('one that was deleted may be written again as it was, and not otherwise', async () => {
  await putSealed(store, 'd/spec.json', first);
  await store.delete('d/spec.json');
  await expect(putSealed(store, 'd/spec.json', other)).rejects.toThrow(/it is gone, and d\/spec\.json\.sha256 has/);
  expect(await store.head('d/spec.json')).toBeNull();
  expect(await putSealed(store, 'd/spec.json', first)).toBe('created');
  expect(await getSealed(store, 'd/spec.json')).toEqual(first);
});

test('whoever would write what it was edited to, or what it was before, is refused as well', async () => {
  await putSealed(store, 'e/spec.json', first);
  await store.put('e/spec.json', other);
  for (const body of [first, other]) await expect(putSealed(store, 'e/spec.json', body)).rejects.toThrow(/edited/);
  await expect(getSealed(store, 'e/spec.json')).rejects.toThrow(RecordEditedError);
});

test('a damaged seal is told as that, and one in capitals is none', async () => {
  await putSealed(store, 'f/spec.json', first);
  const seal = (await store.get('f/spec.json.sha256')).toString();
  await store.put('f/spec.json.sha256', Buffer.from(seal.toUpperCase()));
  expect(await getSealed(store, 'f/spec.json')).toEqual(first);
  for (const damaged of ['', seal.slice(0, 30), '\u001b[31m'.repeat(20)]) {
    await store.put('f/spec.json.sha256', Buffer.from(damaged));
    await expect(getSealed(store, 'f/spec.json')).rejects.toThrow(/spec\.json\.sha256 in .* is damaged/);
    await expect(putSealed(store, 'f/spec.json', first)).rejects.toThrow(/is damaged/);
  }
});

test('what was trained is not taken for other settings where record and seal were both removed', async () => {
  await putSealed(store, 'g/spec.json', first);
  await store.put('g/runs/seed-1/HEAD.json', first);
  expect(await putSealed(store, 'g/spec.json', first)).toBe('created');
  await store.delete('g/spec.json.sha256');
  expect(await putSealed(store, 'g/spec.json', other)).toBe('exists');
  await store.delete('g/spec.json');
  await store.delete('g/spec.json.sha256');
  for (const body of [first, other])
    await expect(putSealed(store, 'g/spec.json', body)).rejects.toThrow(
      /results of an earlier start .*g\/runs\/seed-1\/HEAD\.json.* and no g\/spec\.json.* remove g\/runs\/ as well/,
    );
  expect(await store.head('g/spec.json')).toBeNull();
  await store.delete('g/runs/seed-1/HEAD.json');
  expect(await putSealed(store, 'g/spec.json', other)).toBe('created');
});
