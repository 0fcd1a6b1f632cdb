import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { philox } from '../datasets/philox';

/** Smooth colour fields with some noise, so that sizes are like those of photographs, in ten class folders. @returns bytes of all */
export async function makeJpegs(folder: string, files: number): Promise<number> {
  let bytes = 0;
  for (let label = 0; label < 10; label++) await mkdir(join(folder, `class-${label}`), { recursive: true });
  for (let at = 0; at < files; at++) {
    const words = Array.from({ length: 576 }, (_, block) => philox([block, 0, 0, 0], [at, 1])).flat();
    const colours = Buffer.from(Uint32Array.from(words).buffer).subarray(0, 48 * 36 * 3);
    const image = sharp(colours, { raw: { width: 48, height: 36, channels: 3 } });
    const path = join(folder, `class-${at % 10}`, `${at}.jpg`);
    await writeFile(path, await image.resize(256, 192, { kernel: 'cubic' }).jpeg({ quality: 85 }).toBuffer());
    bytes += (await stat(path)).size;
  }
  return bytes;
}
