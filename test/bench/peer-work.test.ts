import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, formatOf, specOf } from '../../bench/cases';
import { classifierSteps } from '../../experiment/classifier-steps';
import { pytorchFolder } from '../../bench/peer/process';
import { sha256 } from '../../storage/integrity';
import { presets } from '../../experiment/presets';
import { stepsPerPretrainingEpoch } from '../../experiment/pretraining-steps';
import { parseSpec } from '../../experiment/resolve';
import { pretrainingProgram } from '../../training/byol/program';
import { elements } from '../../training/graph/graph';
import { readFixture } from '../reference/read-fixture';

/** test/reference/peer.py: what bench/pytorch trains, and for how many steps. */
interface Peer {
  networks: { networks: { channels: number }; trained: number[] }[];
  views: Record<string, number>;
  /** SHA-256 of the file that `views` were computed by. */
  of: string;
  pretraining: { images: number; batch: number; epochs: number; steps: number }[];
  classifiers: { batch: number; minStepsPerEpoch: number; labelled: number; epochs: number; steps: number }[];
}
const peer = readFixture('peer.json') as Peer;

test.each(cases.filter(({ precision }) => precision === 'fp32'))(
  "$name: PyTorch's networks have as many weights as ours, of the same sizes",
  (each) => {
    const spec = specOf(each, true);
    const { channels } = formatOf(each);
    const { model, pretraining } = spec;
    const theirs = peer.networks.find(({ networks }) => networks.channels === channels);
    expect({ model, projector: pretraining.projector, predictor: pretraining.predictor, channels }).toMatchObject(
      theirs?.networks ?? {},
    );
    const { tensors } = pretrainingProgram(spec, formatOf(each), 16).state;
    const trained = tensors.filter(({ name }) => /^(online|predictor)\./.test(name) && !/\.running_\w+$/.test(name));
    const sizes = trained.map(({ shape }) => elements(shape));
    expect(sizes.sort((a, b) => a - b)).toEqual(theirs?.trained);
  },
);

test("PyTorch's views by hand are torchvision's", () => {
  expect(Object.keys(peer.views)).toHaveLength(11);
  expect(sha256(readFileSync(join(pytorchFolder, 'tensors.py')))).toBe(peer.of);
  for (const difference of Object.values(peer.views)) expect(difference).toBeLessThan(1e-4);
});

test('without augmentation the second view is the image turned round, surely: equal views would be one computation', () => {
  for (const each of cases)
    expect(specOf(each, false).pretraining.views).toEqual({ first: [], second: [{ op: 'horizontal-flip', p: 1 }] });
});

test("the quickstart's pretraining takes as many steps in PyTorch as here", () => {
  expect(peer.pretraining.length).toBeGreaterThan(0);
  const { spec } = presets['mnist-quickstart'] ?? {};
  if (!spec) throw new Error('the preset is gone');
  for (const { images, batch, epochs, steps } of peer.pretraining) {
    const own = parseSpec({ ...spec, pretraining: { ...spec.pretraining, batch, epochs } });
    expect(stepsPerPretrainingEpoch(own, images) * epochs).toBe(steps);
  }
});

test.each(peer.classifiers)('a classifier takes $steps steps in PyTorch and here', (each) => {
  expect(classifierSteps(each, each.labelled).perEpoch * each.epochs).toBe(each.steps);
});
