import { parseStorageSettings, resolveStorageSettings, StorageSettingsError } from '../../storage/settings';

test('environment before file', () => {
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
  expect(resolveStorageSettings({ environment: {}, file }).bucket).toBe('from-file');
});

test('a bucket is one of AWS, with the credentials of the SDK, where no endpoint is named', () => {
  expect(resolveStorageSettings({ environment: { BYOL_BUCKET: 'real-bucket' } })).toEqual({
    bucket: 'real-bucket',
    prefix: '',
    region: 'us-east-1',
    forcePathStyle: false,
    checksums: 'when-supported',
  });
});

test('credentials of the environment are taken as a pair, and left to the SDK where a session token is with them', () => {
  const pair = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  const resolve = (environment: Record<string, string>) =>
    resolveStorageSettings({ environment: { ...environment, BYOL_BUCKET: 'bucket' } });
  expect(resolve(pair)).toMatchObject({ accessKeyId: 'id', secretAccessKey: 'secret' });
  for (const refused of [{ AWS_ACCESS_KEY_ID: 'id' }, { ...pair, AWS_SESSION_TOKEN: 't' }]) {
    expect(resolve(refused).accessKeyId).toBeUndefined();
    expect(resolve(refused).secretAccessKey).toBeUndefined();
  }
});

test('a value that is not set, or set to nothing, leaves the next source its turn', () => {
  const environment = { BYOL_BUCKET: '', AWS_REGION: undefined };
  const { bucket, region } = resolveStorageSettings({ environment, file: { bucket: 'byol', region: 'eu-west-1' } });
  expect([bucket, region]).toEqual(['byol', 'eu-west-1']);
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
