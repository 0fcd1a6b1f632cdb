import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Trainer } from '../../activities/trainer';
import { int32Feed } from '../../engine/protocol';
import { presets } from '../../experiment/presets';
import { parseSpec } from '../../experiment/resolve';
import { setupPaths } from '../../infra/setup-paths';
import { classifierProgram } from '../../training/classifier/program';

test('the devices of a worker share a folder of programs: both write the same one at once, and both run it', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'byol-trainers-'));
  const { tensorflowBinding: binding, libraryPath } = setupPaths();
  const trainers = [1, 2].map(
    () => new Trainer({ engine: { binding, libraryPath }, cache, device: 'cpu', threads: 1 }),
  );
  const spec = parseSpec(presets['mnist-quickstart']!.spec);
  const format = { height: 8, width: 8, channels: 1, mean: [0.5], std: [0.25] };
  const program = classifierProgram(spec, format, 3, 4, 'network');
  try {
    // With both engines up the two write step by step beside each other.
    await Promise.all(trainers.map((trainer) => trainer.load(classifierProgram(spec, format, 3, 4, 'head'), null, 1)));
    const loaded = await Promise.all(trainers.map((trainer) => trainer.load(program, null, 1)));
    const digests = await Promise.all(
      loaded.map(async (each, at) => {
        await each.run('init', { key: int32Feed([1]) });
        return each.save(join(cache, `state-${at}`));
      }),
    );
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.stop()));
    await rm(cache, { recursive: true, force: true });
  }
});
