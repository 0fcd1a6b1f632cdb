import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { philox } from '../../../datasets/philox';

export const seedColours: Record<string, [number, number, number]> = {
  ash: [200, 40, 40],
  elm: [40, 200, 40],
  oak: [40, 40, 200],
};

/** 32 x 32 pixels of one colour with noise of +-5; the key decides the noise. */
export function plain(colour: readonly [number, number, number], key: number) {
  const words = Array.from({ length: 192 }, (_, at) => philox([at, 1, 0, 0], [key, 11])).flat();
  const pixels = Buffer.alloc(32 * 32 * 3);
  pixels.forEach((_, at) => {
    const noise = ((words[at >> 2] as number) >>> (8 * (at & 3))) & 255;
    pixels[at] = (colour[at % 3] as number) + (noise % 11) - 5;
  });
  return sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } });
}

export async function put(root: string, path: string, bytes: Buffer | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

/**
 * The seed set: ash/, elm/ and oak/ with four plain PNGs each (1.png to 4.png), test/ with two more of each, and 24
 * unlabelled ones of the same colours. A working classifier is right about all of it.
 */
export async function writeSeed(root: string): Promise<void> {
  let key = 1;
  for (const [name, colour] of Object.entries(seedColours)) {
    for (const at of [1, 2, 3, 4]) await put(root, `${name}/${at}.png`, await plain(colour, key++).png().toBuffer());
    for (const at of [1, 2]) await put(root, `test/${name}/${at}.png`, await plain(colour, key++).png().toBuffer());
  }
  const colours = Object.values(seedColours);
  for (let at = 0; at < 24; at++) {
    const colour = colours[at % 3] as [number, number, number];
    await put(root, `unlabelled/${at}.png`, await plain(colour, key++).png().toBuffer());
  }
}

/** Digest of every file's path and content. */
export async function digestOfTree(root: string): Promise<string> {
  const digest = createHash('sha256');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) digest.update(`${file}\n`).update(await readFile(file));
  return digest.digest('hex');
}
