import { parseStorageSettings, resolveStorageSettings, StorageSettingsError } from '../../storage/settings';

const stack = {
  endpoint: 'http://127.0.0.1:8333',
  bucket: 'byol',
  region: 'us-east-1',
  accessKeyId: 'stack-id',
  secretAccessKey: 'stack-secret',
};

test('environment before file, file before the running stack', () => {
  const file = { bucket: 'from-file', prefix: '/a/b/', force_path_style: false };
  const environment = { BYOL_BUCKET: 'from-env', BYOL_S3_ENDPOINT: 'https://s3.example.com', AWS_REGION: 'eu-west-1' };
  expect(resolveStorageSettings({ environment, file })).toEqual({
    bucket: 'from-env',
    endpoint: 'https://s3.example.com',
    prefix: 'a/b',
    region: 'eu-west-1',
    forcePathStyle: false,
    checksums: 'when-required',
  });
  expect(resolveStorageSettings({ environment: {}, file, stack }).bucket).toBe('from-file');
});

test('the stack’s credentials and address go with its bucket alone', () => {
  expect(resolveStorageSettings({ environment: { BYOL_PREFIX: 'mine' }, stack })).toMatchObject({
    ...stack,
    prefix: 'mine',
    forcePathStyle: true,
  });
  const elsewhere = resolveStorageSettings({ environment: { BYOL_BUCKET: 'real-bucket' }, stack });
  expect(elsewhere).toEqual({
    bucket: 'real-bucket',
    prefix: '',
    region: 'us-east-1',
    forcePathStyle: false,
    checksums: 'when-supported',
  });
});

test('credentials of the environment are taken as a pair, and left to the SDK where a session token is with them', () => {
  const pair = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  const resolve = (environment: Record<string, string>) => resolveStorageSettings({ environment, stack });
  expect(resolve(pair)).toMatchObject({ accessKeyId: 'id', secretAccessKey: 'secret' });
  expect(resolve({ AWS_ACCESS_KEY_ID: 'id' })).toMatchObject({
    accessKeyId: 'stack-id',
    secretAccessKey: 'stack-secret',
  });
  const session = resolveStorageSettings({ environment: { ...pair, AWS_SESSION_TOKEN: 't', BYOL_BUCKET: 'bucket' } });
  expect(session.accessKeyId).toBeUndefined();
  expect(session.secretAccessKey).toBeUndefined();
});

test('a value that is not set, or set to nothing, leaves the next source its turn', () => {
  const environment = { BYOL_BUCKET: '', AWS_REGION: undefined };
  expect(resolveStorageSettings({ environment, stack }).bucket).toBe('byol');
});

test.each([
  [{}, /bucket \(BYOL_BUCKET\): name the bucket/],
  [{ bucket: 'Has Capitals' }, /bucket \(BYOL_BUCKET\): use 3 to 63/],
  [{ bucket: 'good', endpoint: 'localhost:8333' }, /endpoint \(BYOL_S3_ENDPOINT\): use a URL such as/],
  [{ bucket: 'good', prefix: 'a/../b' }, /prefix \(BYOL_PREFIX\): use words/],
  [{ bucket: 'good', checksums: 'sometimes' }, /checksums \(BYOL_S3_CHECKSUMS\)/],
  [{ bucket: 'good', buket: 'x' }, /buket/],
])('%j is refused with the name of what is wrong and the remedy', (value, sentence) => {
  expect(() => parseStorageSettings(value)).toThrow(StorageSettingsError);
  expect(() => parseStorageSettings(value)).toThrow(sentence);
  expect(() => parseStorageSettings(value)).toThrow(/\[storage\] section of the config file/);
});
