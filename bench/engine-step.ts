import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Engine } from '../engine/client';
import { float32Feed, int32Feed, stringFeed } from '../engine/protocol';
import { parseSpec, type ExperimentSpec } from '../experiment/resolve';
import { setupPaths } from '../infra/setup';
import { pretrainingProgram } from '../training/byol/program';

export interface StepOptions {
  network: 'resnet18' | 'resnet-mini';
  size: number;
  batch: number;
  precision: 'fp32' | 'bf16';
  threads: { intra: number; inter: number };
  steps: number;
  augmented: boolean;
}

/** Images that the program keeps while it is measured. */
const images = 1024;

/** Images/s of the whole BYOL step of this project: gather, views, forward, backward, Adam, EMA. */
export async function measureStep(options: StepOptions, scratch: string): Promise<number> {
  const { size, batch, steps } = options;
  const channels = options.network === 'resnet18' ? 3 : 1;
  const one = Array.from({ length: channels }, () => 0.5);
  const program = pretrainingProgram(
    specFor(options),
    { height: size, width: size, channels, mean: one, std: one },
    16,
  );
  const folder = join(scratch, program.hash);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'saved_model.pb'), program.savedModel);
  const shard = join(scratch, 'images');
  writeFileSync(shard, randomBytes(images * size * size * channels));
  const { tensorflowBinding: binding, libraryPath } = setupPaths();
  const engine = await Engine.start({ binding, libraryPath, threads: options.threads, device: 'cpu' });
  try {
    await engine.run(folder, 'allocate', { count: int32Feed([images]) });
    await engine.run(folder, 'load', { path: stringFeed(shard), from: int32Feed([0]), to: int32Feed([images]) });
    await engine.run(folder, 'init', { key: int32Feed([1]) });
    const run = (count: number) =>
      engine.run(folder, 'train', {
        indices: int32Feed(
          Array.from({ length: count * batch }, (_, at) => (at * 37) % images),
          [count, batch],
        ),
        key: int32Feed([1, 2], [2]),
        step: int32Feed([0]),
        learning_rate: float32Feed(Array<number>(count).fill(3e-4), [count]),
        tau: float32Feed(Array<number>(count).fill(0.99), [count]),
      });
    await run(2);
    const start = performance.now();
    await run(steps);
    return (batch * steps * 1000) / (performance.now() - start);
  } finally {
    await engine.stop();
    rmSync(shard);
  }
}

function specFor({ network, batch, precision, augmented, size }: StepOptions): ExperimentSpec {
  const large = network === 'resnet18';
  const crop = { op: 'random-affine-crop', degrees: 20, shear: 0.3 };
  const mnistViews = [crop, { op: 'gaussian-blur', kernel: 3, sigma: [0.85, 0.85] }, { op: 'random-contrast' }];
  // One view turned round: two equal views would be one computation for TensorFlow, and the figure twice too good.
  const plain = { first: [], second: [{ op: 'horizontal-flip', p: 1 }] };
  return parseSpec({
    name: 'bench',
    dataset: large ? { kind: 'stl10', source: 'unused' } : { kind: 'mnist-idx' },
    model: large ? { backbone: network } : { backbone: network, stem: '5x5', width: 16 },
    precision,
    pretraining: {
      epochs: 1,
      batch,
      optimizer: { name: 'adam' },
      learningRate: 3e-4,
      projector: large ? {} : { hidden: 256, output: 64 },
      predictor: large ? {} : { hidden: 256 },
      views: !augmented ? plain : large && size === 96 ? 'byol' : { first: mnistViews, second: mnistViews },
    },
    classifier: { epochs: 1, batch: 32, optimizer: { name: 'adam' }, learningRates: [1e-3] },
  });
}
