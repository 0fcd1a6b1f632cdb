import { float32Feed } from '../../../engine/protocol';
import { augmentWith, drawsOf } from '../../../training/augment/view';
import { expectClose } from '../closeness';
import { floats, useEngine } from '../run-graph';
import { augmentationCases } from './fixture';

const engine = useEngine();

describe('on fixed draws the graph does what torchvision does', () => {
  test.each(augmentationCases().map((example) => [example.title, example] as const))('%s', async (_, example) => {
    const [b] = example.shape;
    const draws = drawsOf(example.ops);
    expect(example.draws).toHaveLength(b * draws);
    const outputs = await engine.run(
      { x: float32Feed(example.images, example.shape), u: float32Feed(example.draws, [b, draws]) },
      ({ x, u }) => ({ y: augmentWith(x!, example.ops, u!) }),
    );
    expect(outputs['y']?.shape).toEqual(example.shape);
    expectClose(floats(outputs, 'y'), example.output, 1e-5);
  });
});
