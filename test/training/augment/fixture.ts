import { augmentationList, type Augmentation } from '../../../experiment/augmentation';
import { uniform } from '../../reference/formula';
import { readFixture } from '../../reference/read-fixture';

/** One case of test/reference/fixtures/augment.json; the images are made as augment.py makes them. */
export interface Case {
  title: string;
  ops: Augmentation[];
  shape: [number, number, number, number];
  images: Float64Array;
  draws: number[];
  output: number[];
}

interface Written {
  ops: unknown[];
  shape: Case['shape'];
  kind: 'noise' | 'flat' | 'grey' | 'corners';
  stream: number;
  draws: number[];
  output: number[];
}

export function augmentationCases(): Case[] {
  const { cases } = readFixture('augment.json') as { cases: Written[] };
  return cases.map(({ ops, shape, kind, stream, draws, output }, position) => ({
    title: `${position}: ${ops.map((op) => JSON.stringify(op)).join(' ')} on ${kind} [${shape.join(', ')}]`,
    ops: augmentationList.parse(ops),
    shape,
    images: makeImages(kind, stream, shape),
    draws,
    output,
  }));
}

function makeImages(kind: Written['kind'], stream: number, [b, c, h, w]: Case['shape']): Float64Array {
  const count = b * c * h * w;
  if (kind === 'flat')
    return Float64Array.from(
      { length: count },
      (_, at) => [0, 128 / 255, 1][Math.floor(at / (c * h * w)) % 3] as number,
    );
  if (kind === 'grey') {
    const planes = uniform(stream, b * h * w);
    return Float64Array.from(
      { length: count },
      (_, at) => planes[Math.floor(at / (c * h * w)) * h * w + (at % (h * w))] as number,
    );
  }
  const noise = uniform(stream, count);
  return kind === 'corners' ? noise.map((value) => Math.floor(3 * value) / 2) : noise;
}
