import { pytorchLoader } from '../../activities/export/pytorch-loader';
import { pytorchLines } from '../../cli/model-files';
import type { ObjectStore } from '../../storage/object-store';
import { describedExport } from '../activities/export/stored-export';

/** A store that holds one model.json. That the lines run is for test/reference/printed_lines.py, which needs PyTorch. */
const storeOf = (model: unknown) =>
  ({
    getIfPresent: (key: string) =>
      Promise.resolve(
        model && key === 'experiments/flowers/models/model.json' ? { body: Buffer.from(JSON.stringify(model)) } : null,
      ),
  }) as unknown as ObjectStore;
const input = { height: 96, width: 64, channels: 3 };
const described = (seeds: number[]) => describedExport({}, { input, encoders: { seeds } });
const linesOf = (model: unknown, folder = 'models/flowers') => pytorchLines(storeOf(model), 'flowers', folder);

test('the lines call what load.py defines, as it defines it', async () => {
  const lines = await linesOf(described([7, 3]));
  const [, imported] = /^from load import (.*)$/m.exec(lines.join('\n'))!;
  const names = imported!.split(', ');
  expect(names).toEqual(['encoder', 'prepare']);
  const signatures = Object.fromEntries(
    names.map((name) => [name, new RegExp(`^def ${name}\\((.*)\\):$`, 'm').exec(pytorchLoader)?.[1]]),
  );
  expect(signatures).toEqual({ encoder: 'seed=None', prepare: 'image' });
  expect(lines).toContain('net = encoder()  # of seed 7; encoder(seed=3) is another');
  expect(lines.at(-1)).toBe('features = net(prepare(image)[None])  # [N, 3, 96, 64] -> [N, d]');
});

test('a folder with quotes stays one string of Python', async () => {
  const [first] = await linesOf(described([1]), 'my "models"\\x');
  expect(first).toBe('import sys; sys.path.insert(0, "my \\"models\\"\\\\x")');
});

test('without an exported encoder there is nothing to load', async () => {
  expect(await linesOf(described([]))).toEqual([]);
  expect(await linesOf(null)).toEqual([]);
});
