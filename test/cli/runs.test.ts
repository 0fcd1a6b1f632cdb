import { samePlace } from '../../cli/runs';

test('the store of a local stack is the same at another port; another bucket, prefix or machine is another', () => {
  const here = 's3://byol at http://127.0.0.1:8333';
  expect(samePlace(here, 's3://byol at http://127.0.0.1:17822')).toBe(true);
  expect(samePlace('s3://byol at http://[::1]:1', 's3://byol at http://[::1]:2')).toBe(true);
  for (const other of [
    's3://other at http://127.0.0.1:8333',
    's3://byol/lab at http://127.0.0.1:8333',
    's3://byol at https://s3.example:8333',
  ])
    expect(samePlace(here, other)).toBe(false);
  expect(samePlace('s3://byol at https://s3.example:1', 's3://byol at https://s3.example:2')).toBe(false);
});
