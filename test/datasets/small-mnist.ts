import { permutation } from '../../datasets/permutation';

export type MnistSplit = 'train' | 't10k';
export const imagesName = (split: MnistSplit) => `${split}-images-idx3-ubyte`;
export const labelsName = (split: MnistSplit) => `${split}-labels-idx1-ubyte`;

export function idx(magic: number, sizes: number[], body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  [magic, ...sizes].forEach((value, index) => header.writeUInt32BE(value, 4 * index));
  return Buffer.concat([header, body]);
}

/** Four IDX files with a few images, of 6 x 5 pixels where nothing else is asked for. */
export function smallMnist(counts = { train: 40, t10k: 20 }, [height, width] = [6, 5]): Record<string, Buffer> {
  return Object.fromEntries(
    (['train', 't10k'] as const).flatMap((split) => {
      const count = counts[split];
      const pixels = Uint8Array.from(permutation(count * height * width, [count]), (value) => value % 256);
      const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
      return [
        [imagesName(split), idx(0x803, [count, height, width], pixels)],
        [labelsName(split), idx(0x801, [count], labels)],
      ];
    }),
  );
}
