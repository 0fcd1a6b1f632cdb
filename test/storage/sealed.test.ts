import { openObjectStore, type ObjectStore } from '../../storage/object-store';
import { ObjectMissingError } from '../../storage/errors';
import { getSealed, putSealed, RecordEditedError } from '../../storage/sealed';
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
});

test('a record that was deleted may be written anew, and is sealed anew', async () => {
  await putSealed(store, 'd/spec.json', first);
  await store.delete('d/spec.json');
  expect(await putSealed(store, 'd/spec.json', other)).toBe('created');
  expect(await getSealed(store, 'd/spec.json')).toEqual(other);
});
