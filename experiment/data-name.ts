import { kindNames, type Dataset } from './datasets';
import { namedDatasets } from './named-datasets';

/** What people call the data of a spec: 'MNIST', 'CIFAR-10', 'fashion-mnist', or the last part of where their own lie. */
export function dataName({ kind, source = '' }: { kind: Dataset['kind']; source?: string | undefined }): string {
  if (kind !== 'images' && kind !== 'mnist-idx') return kindNames[kind];
  const named = Object.entries(namedDatasets).find(([, { dataset }]) => dataset.source === source)?.[0];
  if (named !== undefined && named !== 'mnist') return named;
  if (kind === 'mnist-idx' && (named === 'mnist' || source.startsWith('npm:'))) return kindNames[kind];
  // What follows the path of a URL may be a signature.
  const [path = ''] = source.split(/[?#]/);
  const last = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return last.replace(/\.(tar|tar\.gz|tgz|zip|csv|jsonl|parquet)$/i, '') || kindNames[kind];
}
