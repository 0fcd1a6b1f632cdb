import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutEncoder } from '../../../activities/classifier/encoder-file';
import { stateLayout } from '../../../training/state';

const variable = (name: string, shape: number[]) => ({ name, dtype: 'float32' as const, shape });
const state = [
  variable('online.backbone.conv1.weight', [1, 1, 1, 2]),
  variable('online.backbone.bn1.bias', [2]),
  variable('predictor.0.weight', [1]),
];
const encoder = [variable('backbone.bn1.bias', [2]), variable('backbone.conv1.weight', [1, 1, 1, 2])];
const prefix = 'online.backbone.';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'byol-encoder-'))));
afterEach(() => rm(folder, { recursive: true }));

async function cut(variables: typeof state, values: number[]): Promise<Float32Array> {
  const data = Buffer.from(Float32Array.from(values).buffer);
  await writeFile(join(folder, 'state'), Buffer.concat([stateLayout(variables).header, data]));
  const layout = stateLayout(encoder, 'backbone.');
  await cutEncoder(join(folder, 'state'), prefix, layout, join(folder, 'encoder'));
  const file = await readFile(join(folder, 'encoder'));
  expect(file.subarray(0, layout.header.length)).toEqual(Buffer.from(layout.header));
  return new Float32Array(file.buffer.slice(file.byteOffset + layout.header.length, file.byteOffset + file.length));
}

test('takes the tensors by name, in the order of the file that is asked for', async () => {
  expect(Array.from(await cut(state, [1, 2, 3, 4, 5]))).toEqual([3, 4, 1, 2]);
});

test('refuses a state without one of them, by its name', async () => {
  await expect(cut(state.slice(1), [3, 4, 5])).rejects.toThrow('has no online.backbone.conv1.weight');
});

test('refuses names with another prefix: an encoder that is not loaded tells nothing', async () => {
  const renamed = state.map((each) => ({ ...each, name: `module.${each.name}` }));
  await expect(cut(renamed, [1, 2, 3, 4, 5])).rejects.toThrow('has no online.backbone.bn1.bias');
});

test('refuses another shape', async () => {
  const wider = [variable('online.backbone.conv1.weight', [1, 1, 2, 2]), ...state.slice(1)];
  await expect(cut(wider, [1, 2, 3, 4, 5, 6, 7])).rejects.toThrow('needs it with shape [1, 1, 1, 2]');
});
