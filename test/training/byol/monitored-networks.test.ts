import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Feed, int32Feed, stringFeed } from '../../../engine/protocol';
import { alignment, effectiveRank, uniformity } from '../../../training/byol/geometry';
import { pretrainingProgram } from '../../../training/byol/program';
import { spread } from '../../../training/byol/spread';
import { imagesOf } from '../../reference/network-fixture';
import { ProgramRunner } from '../program-runner';
import { floats, useEngine } from '../run-graph';
import { digits, smallByol } from '../small-byol';

const engine = useEngine();
const [batch, size, width, hidden, output] = [16, 28, 4, 12, 6];
const images = imagesOf(4000, batch, 1, size);
/** Every row of pixels backwards: what the first view is. */
const turned = images.map((_, at) => images[at - (at % size) + size - 1 - (at % size)] as number);

/** The online projector in evaluation mode on rows of features, from a state's own numbers. */
function projected(state: ReadonlyMap<string, Float32Array>, features: readonly number[], d: number): number[] {
  const of = (name: string) => state.get(`online.projector.${name}`) as Float32Array;
  const linear = (x: readonly number[], inputs: number, name: string, outputs: number) =>
    Array.from({ length: (x.length / inputs) * outputs }, (_, at) => {
      const [row, column] = [Math.floor(at / outputs), at % outputs];
      let sum = of(`${name}.bias`)[column] as number;
      for (let k = 0; k < inputs; k++)
        sum += (x[row * inputs + k] as number) * (of(`${name}.weight`)[k * outputs + column] as number);
      return sum;
    });
  const normalized = linear(features, d, '0', hidden).map((value, at) => {
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
      (name) => of(`1.${name}`)[at % hidden] as number,
    ) as [number, number, number, number];
    return Math.max(0, ((value - mean) / Math.sqrt(variance + 1e-5)) * gamma + beta);
  });
  return linear(normalized, hidden, '3', output);
}

test('spread and uniformity are of the online projection, the rank of the features, alignment of both views; in evaluation mode', async () => {
  const views = { first: [{ op: 'horizontal-flip', p: 1 }], second: [{ op: 'horizontal-flip', p: 0 }] };
  const spec = smallByol({ width }, { hidden, output, batch, optimizer: { name: 'sgd' }, views });
  const runner = await ProgramRunner.install(engine, pretrainingProgram(spec, digits, batch), images, batch);
  await runner.call('init', { key: int32Feed([3]) });
  // So that running statistics are not those of a start, nor the target's weights the online network's.
  await runner.train(batch, 0, 6, 0.1, { tau: float32Feed(new Array<number>(6).fill(0.9), [6]) });
  const folder = mkdtempSync(join(tmpdir(), 'byol-monitored-'));
  const featuresOf = async (name: string, pixels: Uint8Array) => {
    await writeFile(join(folder, name), pixels);
    return floats(await runner.call('embed', { path: stringFeed(join(folder, name)) }), 'features');
  };
  const [y, ofFirst] = [await featuresOf('images', images), await featuresOf('turned', turned)];
  const state = await runner.state();
  const d = y.length / batch;
  const [z, first] = [projected(state, y, d), projected(state, ofFirst, d)];
  const feeds = {
    y: float32Feed(y, [batch, d]),
    z: float32Feed(z, [batch, output]),
    first: float32Feed(first, [batch, output]),
  };
  const expected = await engine.run(feeds, (inputs) => ({
    spread: spread(inputs['z']!),
    effective_rank: effectiveRank(inputs['y']!),
    alignment: alignment(inputs['first']!, inputs['z']!),
    uniformity: uniformity(inputs['z']!),
  }));
  const indices = int32Feed(
    Array.from({ length: batch }, (_, at) => at),
    [batch],
  );
  const made = await runner.call('monitor', { indices, key: int32Feed([1, 2], [2]), step: int32Feed([0]) });
  for (const name of ['spread', 'effective_rank', 'alignment', 'uniformity'])
    expect([name, floats(made, name)[0]]).toEqual([
      name,
      expect.closeTo(floats(expected, name)[0] as number, 3) as number,
    ]);
});
