import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { request, type EngineInfo, type Feed, type Output, type Reply, type Request } from './protocol';
import { loadTensorFlow, type TensorFlowModule } from './tensorflow';

/** The child process: owns TensorFlow, runs one call after the other, ends when its parent does. */
export function host(binding: string): void {
  const tf = loadTensorFlow(binding);
  const models = new Map<string, Promise<SavedModel>>();
  let queue = Promise.resolve();
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    const call = request.parse(message);
    queue = queue.then(() => answer(tf, models, call).then(send));
  });
  send({ type: 'ready', info: describe(tf) });
}

type SavedModel = Awaited<ReturnType<TensorFlowModule['node']['loadSavedModel']>>;
type Tensor = ReturnType<TensorFlowModule['tensor']>;

function send(reply: Reply): void {
  process.send?.(reply);
}

function describe(tf: TensorFlowModule): EngineInfo {
  const backend = tf.backend() as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
  return { tensorflow: backend.binding.TF_Version, device: backend.isUsingGpuDevice ? 'gpu' : 'cpu' };
}

async function answer(tf: TensorFlowModule, models: Map<string, Promise<SavedModel>>, call: Request): Promise<Reply> {
  try {
    const key = `${call.program} ${call.signature}`;
    const model = models.get(key) ?? tf.node.loadSavedModel(call.program, ['serve'], call.signature);
    models.set(key, model);
    return respond(tf, await model, call);
  } catch (error) {
    models.delete(`${call.program} ${call.signature}`);
    const diskFull = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
    return { type: 'failed', id: call.id, message: error instanceof Error ? error.message : String(error), diskFull };
  }
}

function respond(tf: TensorFlowModule, model: SavedModel, call: Request): Reply {
  const inputs = Object.fromEntries(Object.entries(call.feeds).map(([name, value]) => [name, tensor(tf, value)]));
  try {
    const outputs = model.predict(inputs) as Record<string, Tensor>;
    try {
      if (call.type === 'run') return { type: 'outputs', id: call.id, outputs: mapValues(outputs, values) };
      const fetched = outputs[call.output];
      if (!fetched) throw new Error(`signature ${call.signature} has no output ${call.output}`);
      return { type: 'saved', id: call.id, ...save(call.path, call.header, fetched.dataSync()) };
    } finally {
      tf.dispose(outputs);
    }
  } finally {
    tf.dispose(inputs);
  }
}

function tensor(tf: TensorFlowModule, { dtype, shape, values }: Feed): Tensor {
  return dtype === 'string' ? tf.scalar(values[0] as string, 'string') : tf.tensor(values, shape, dtype);
}

const values = (fetched: Tensor): Output => ({
  shape: fetched.shape,
  values: fetched.dataSync() as Float32Array | Int32Array,
});

const mapValues = <A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

/** Writes header and values, and returns the SHA-256 of both. */
function save(path: string, header: Uint8Array, data: ArrayBufferView): { bytes: number; sha256: string } {
  const hash = createHash('sha256');
  const file = openSync(path, 'w', 0o600);
  let bytes = 0;
  try {
    for (const part of [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]) {
      hash.update(part);
      for (let from = 0; from < part.length;) from += writeSync(file, part, from);
      bytes += part.length;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return { bytes, sha256: hash.digest('hex') };
}

if (require.main === module) host(process.argv[2] ?? '');
