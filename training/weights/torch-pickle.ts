import { Global, readPickle, readPickleAt } from './pickle';
import { checkView, isCount, valuesOf, type Dtype, type View } from './tensor-values';
import { WeightsError } from './weights-error';

/** Values that lie beside the pickle, under a key. */
export class Storage {
  constructor(
    readonly key: string,
    readonly dtype: Dtype,
    readonly items: number,
  ) {}
}

/** A tensor of a PyTorch file: a view of a storage. */
export class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly view: View,
  ) {}
}

/** PyTorch's names of its storages. */
const storages: Readonly<Record<string, Dtype>> = {
  ...{ DoubleStorage: 'F64', FloatStorage: 'F32', HalfStorage: 'F16', BFloat16Storage: 'BF16', LongStorage: 'I64' },
  ...{ IntStorage: 'I32', ShortStorage: 'I16', CharStorage: 'I8', ByteStorage: 'U8', BoolStorage: 'BOOL' },
};

const functions: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  'collections.OrderedDict': orderedDict,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
};

/**
 * What the pickle of a PyTorch file (torch/serialization.py) holds. Of Python's names it may use those that state dicts
 * use: OrderedDict, _rebuild_tensor (and _v2), _rebuild_parameter and the storages.
 *
 * @throws WeightsError that names whatever else it asks for
 */
export function readTorchPickle(bytes: Buffer): unknown {
  return readPickle(bytes, { global, persistent });
}

/** What a file that was written before PyTorch 1.6 begins with: a pickle of its magic number, and one of its version, 1001. */
export const oldTorchStart = Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e', 'hex');

/** Of a file that was written before PyTorch 1.6: its object, and where which storages lie. */
export interface OldTorchPickle {
  value: unknown;
  /** In the order in which they follow, each behind 8 bytes with its number of items. */
  storages: Storage[];
  /** The place of the first in the file. */
  from: number;
}

/**
 * Reads the pickles that such a file begins with, after `oldTorchStart`: of the machine, of the object, of the storages' order.
 *
 * @param bytes the file's beginning, with all of its pickles
 * @throws WeightsError as `readTorchPickle`
 */
export function readOldTorchPickle(bytes: Buffer): OldTorchPickle {
  const byKey = new Map<string, Storage>();
  const remembering = (id: unknown) => {
    const storage = persistent(id);
    const known = byKey.get(storage.key) ?? storage;
    if (known.dtype !== storage.dtype || known.items !== storage.items)
      throw new WeightsError('its pickle describes one storage in two ways');
    byKey.set(storage.key, known);
    return known;
  };
  const world = { global, persistent: remembering };
  const machine = readPickleAt(bytes, oldTorchStart.length, world);
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true)
    throw new WeightsError('it was written on a big-endian machine, whose numbers are not read');
  const object = readPickleAt(bytes, machine.end, world);
  const order = readPickleAt(bytes, object.end, world);
  const storages = Array.isArray(order.value)
    ? order.value.map((key) => (typeof key === 'string' ? byKey.get(key) : undefined))
    : [undefined];
  if (storages.includes(undefined)) throw new WeightsError('its storages are not those that its pickle names');
  return { value: object.value, storages: storages as Storage[], from: order.end };
}

function global(module: string, name: string): Global {
  const path = `${module}.${name}`;
  const known = Object.hasOwn(functions, path) ? functions[path] : undefined;
  if (known) return new Global(path, known);
  if (module === 'torch' && Object.hasOwn(storages, name)) return new Global(name);
  throw new WeightsError(
    `its pickle asks for ${JSON.stringify(path.slice(0, 200))}. Loading that would run code of the file, so it is not done: only ` +
      `plain state dicts are read. Save one with torch.save(model.state_dict(), path), or use safetensors`,
  );
}

/** The identity of a storage: ('storage', type, key, device, items), and in old files a part of another, or None. */
function persistent(id: unknown): Storage {
  const [kind, type, key, , items, part = null] = Array.isArray(id) ? (id as unknown[]) : [];
  const dtype = type instanceof Global && Object.hasOwn(storages, type.name) ? storages[type.name] : undefined;
  if (kind !== 'storage' || !dtype || typeof key !== 'string' || !isCount(items) || part !== null)
    throw new WeightsError('its pickle names a storage in a way that PyTorch does not');
  return new Storage(key, dtype, items);
}

/** Arguments: storage, offset, shape, strides; what follows is for training. */
function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): StoredTensor {
  if (!(storage instanceof Storage) || !isCount(offset) || !Array.isArray(shape) || !Array.isArray(strides))
    throw new WeightsError('its pickle makes a tensor of what is no storage and no shape');
  // Whole numbers alone, and copies: what follows makes text of them, and the pickle may still change its lists.
  if (!shape.every(isCount) || !strides.every(isCount))
    throw new WeightsError('its pickle makes a tensor whose shape or strides are no numbers');
  valuesOf(shape);
  const view = { offset, shape: [...shape], strides: [...strides] };
  checkView(view, storage.items);
  return new StoredTensor(storage, view);
}

/** Empty, or of a list of pairs, as Python's constructor. */
function orderedDict([pairs = []]: readonly unknown[]): Map<unknown, unknown> {
  const isPair = (pair: unknown): pair is [unknown, unknown] => Array.isArray(pair) && pair.length === 2;
  if (!Array.isArray(pairs) || !pairs.every(isPair))
    throw new WeightsError('its pickle makes an OrderedDict of what are no pairs');
  return new Map(pairs);
}
