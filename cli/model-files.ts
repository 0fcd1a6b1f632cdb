import { join } from 'node:path';
import { z } from 'zod';
import { model } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { makeFolder } from './report-files';

export const defaultModelFolder = (name: string): string => join('models', name);

/** In which form: safetensors files with load.py, or TensorFlow's SavedModels. */
export const modelFormats = ['pytorch', 'savedmodel'] as const;
export type ModelFormat = (typeof modelFormats)[number];

/** Names of our own alone, so that nothing gets out of the folder. */
const fileOf: Record<ModelFormat, RegExp> = {
  pytorch: /^()([A-Za-z0-9][A-Za-z0-9._-]*)$/,
  savedmodel: /^(savedmodel\/)([A-Za-z0-9][A-Za-z0-9._-]*(?:\/assets\.extra)?\/[A-Za-z0-9][A-Za-z0-9._-]*)$/,
};

/**
 * Copies the weights that an experiment exported, with what loads them, into a folder.
 * @returns the files here
 * @throws {CliFailure} when there are none yet, or when the folder cannot be written
 */
export async function fetchModel(
  store: ObjectStore,
  name: string,
  folder: string,
  format: ModelFormat = 'pytorch',
): Promise<string[]> {
  const prefix = model(name, 'x').slice(0, -1);
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) {
    const file = fileOf[format].exec(key.slice(prefix.length))?.[2];
    if (file === undefined) continue;
    makeFolder(folder);
    await store.download(key, join(folder, file));
    found.push(join(folder, file));
  }
  if (found.length > 0) return found;
  throw new CliFailure(exitCodes.input, await whyNothing(store, name));
}

const refusal = z.object({ savedModelProblem: z.string().nullable().optional() });

async function whyNothing(store: ObjectStore, name: string): Promise<string> {
  const stored = await store.getIfPresent(model(name, 'model.json'));
  if (!stored)
    return (
      `There are no exported weights of "${name}" in ${store.location}: they are written when its training is complete. ` +
      `"byol status ${name}" tells how far it is.`
    );
  const { savedModelProblem } = refusal.parse(JSON.parse(stored.body.toString('utf8')));
  return (
    `"${name}" has no SavedModels in ${store.location}. ` +
    (savedModelProblem ??
      `Its export was written by an earlier version of byol; "byol export ${name}" has the weights.`)
  );
}

/** What is read here of model.json (activities/export/export-models.ts). */
const described = z.object({
  input: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  encoders: z.object({ seeds: z.array(z.int()) }),
});

/**
 * Python that loads an experiment's encoder from the folder that `byol export` writes, and applies it to an image: load.py
 * has the functions.
 * @returns [] where no encoder was exported
 */
export async function pytorchLines(store: ObjectStore, name: string, folder: string): Promise<string[]> {
  const found = await store.getIfPresent(model(name, 'model.json'));
  if (!found) return [];
  const { input, encoders } = described.parse(JSON.parse(found.body.toString('utf8')));
  const [first, other] = encoders.seeds;
  if (first === undefined) return [];
  const { channels, height, width } = input;
  return [
    `import sys; sys.path.insert(0, ${JSON.stringify(folder)})`,
    'from PIL import Image',
    'from load import encoder, prepare',
    `net = encoder()  # of seed ${first}${other === undefined ? '' : `; encoder(seed=${other}) is another`}`,
    `features = net(prepare(Image.open("photo.jpg"))[None])  # [N, ${channels}, ${height}, ${width}] -> [N, d]`,
  ];
}

/** What stands above those lines. @param toExport the experiment whose weights have to be fetched first; '' where they are here */
export const pytorchCaption = (toExport = ''): string =>
  `The encoder in PyTorch${toExport ? `, after "byol export ${toExport}"` : ''} (needs torchvision, safetensors and pillow):`;
