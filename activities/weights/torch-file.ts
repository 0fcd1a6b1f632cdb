import { crc32 } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import type { Entry, ZipFile } from 'yauzl';
import { openZip } from '../../datasets/images/zip-file';
import { stateDictOf } from '../../training/weights/state-dict';
import { float32Values, itemBytes } from '../../training/weights/tensor-values';
import { readTorchPickle, type Storage, type StoredTensor } from '../../training/weights/torch-pickle';
import { WeightsError } from '../../training/weights/weights-error';
import type { WeightFile } from './weight-file';

/** Bytes of the pickle at most: names and shapes; those of a ResNet-50 take 40 kB. */
const longestPickle = 64 * 2 ** 20;
const largestStorage = 2 ** 31;
const mostEntries = 100_000;

/**
 * Opens a file of torch.save (PyTorch 1.6 or later): a zip with a pickle that describes tensors and an entry for each
 * storage. Nothing in it is run.
 *
 * @throws WeightsError
 */
export async function openTorchFile(path: string): Promise<WeightFile> {
  const zip = await openZip(path, { lazyEntries: true, autoClose: false });
  try {
    const entries = await entriesOf(zip);
    const pickle = [...entries.keys()].find((name) => name.endsWith('/data.pkl'));
    if (pickle === undefined) throw new WeightsError('it is a zip without a data.pkl, so torch.save did not write it');
    const folder = pickle.slice(0, -'data.pkl'.length);
    const order = entries.get(`${folder}byteorder`);
    if (order && (await read(zip, order, 16)).toString() !== 'little')
      throw new WeightsError('it was written on a big-endian machine, whose numbers are not read');
    const described = await read(zip, entries.get(pickle) as Entry, longestPickle);
    const { tensors, remarks } = stateDictOf(readTorchPickle(described));
    const bytesOf = storageReader(zip, entries, folder);
    return {
      format: 'pytorch',
      shapes: new Map([...tensors].map(([name, { view }]) => [name, view.shape])),
      remarks,
      values: async (name) => {
        const { storage, view } = tensors.get(name) as StoredTensor;
        return float32Values(await bytesOf(storage), storage.dtype, view);
      },
      close: () => Promise.resolve(zip.close()),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    if (entries.has(entry.fileName)) throw new WeightsError(`it holds ${JSON.stringify(entry.fileName)} twice`);
    if (entries.size === mostEntries) throw new WeightsError(`it holds more than ${mostEntries} entries`);
    entries.set(entry.fileName, entry);
  }
  return entries;
}

/** Reads storages; the last one is kept, since tensors can share one. */
function storageReader(zip: ZipFile, entries: ReadonlyMap<string, Entry>, folder: string) {
  let kept: { key: string; bytes: Buffer } | undefined;
  return async ({ key, dtype, items }: Storage): Promise<Buffer> => {
    if (kept?.key === key) return kept.bytes;
    const entry = entries.get(`${folder}data/${key}`);
    const expected = items * itemBytes[dtype];
    if (!entry || entry.uncompressedSize !== expected)
      throw new WeightsError(
        `its storage ${JSON.stringify(key.slice(0, 100))} should have ${expected} bytes and ` +
          `${entry ? `has ${entry.uncompressedSize}` : 'is not there'}`,
      );
    kept = { key, bytes: await read(zip, entry, largestStorage) };
    return kept.bytes;
  };
}

async function read(zip: ZipFile, entry: Entry, most: number): Promise<Buffer> {
  const { fileName, uncompressedSize } = entry;
  if (uncompressedSize > most)
    throw new WeightsError(`its entry ${JSON.stringify(fileName)} has ${uncompressedSize} bytes, more than ${most}`);
  const bytes = await buffer(await zip.openReadStreamPromise(entry));
  if (crc32(bytes) !== entry.crc32)
    throw new WeightsError(
      `the bytes of its entry ${JSON.stringify(fileName)} are not those that were saved: it is damaged`,
    );
  return bytes;
}
