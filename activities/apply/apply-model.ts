import { cancellationSignal } from '@temporalio/activity';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageLayout } from '../../datasets/images/decode';
import { decodeInBatches, everyFile, type SourceFile } from '../../datasets/images/every-image';
import { progressOf } from '../../datasets/images/progress';
import { stringFeed } from '../../engine/protocol';
import { translateDiskError } from '../../storage/errors';
import * as keys from '../../storage/keys';
import { openApplied, type AppliedBy, type AppliedNetwork } from './applied-network';
import type { AppliedOutput } from './applied-output';
import type { ExperimentRef } from '../read-spec';
import type { TrainingDependencies } from '../training-dependencies';
import { withPulse, throwIfCancelled } from '../pulse';
import { imagesPerCall } from '../../training/program';
import { scratchFolder } from '../machine/scratch';

/** What is asked of a network: the classes of images, their features, or the test images nearest to them. */
export type AppliedKind = 'predict' | 'embed' | 'neighbours';

export interface ApplyModelInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
  /** A folder, archive, list or image file on the worker's machine, a URL, or s3://bucket/prefix. */
  source: string;
  kind: AppliedKind;
  /** Names the folder of the results. */
  id: string;
  /** Whose encoder; default: the first seed's. predict takes the classifier that did best on validation. */
  seed?: number;
  /** Neighbours of each image, from 1. */
  neighbours?: number;
}

export interface AppliedModel {
  /** Files of the source. */
  files: number;
  /** Those that were images. */
  images: number;
  by: AppliedBy;
  /** Objects that were written, by their file names. */
  written: Record<string, string>;
}

export type ApplyModel = (input: ApplyModelInput) => Promise<AppliedModel>;

/** The source holds no file. */
export class NoImagesError extends Error {
  readonly retryable = false;
  override readonly name = 'NoImagesError';
}

/**
 * @returns the activity `applyModel`: a finished experiment's network on every image of a source. Each file has its row
 * or its reason; only one batch of pixels is in memory.
 */
export function createApplyModel(dependencies: TrainingDependencies): ApplyModel {
  return (input) =>
    withPulse({ stage: 'apply' }, (tell) =>
      scratchFolder(dependencies.cache, async (folder) => {
        const say = (message: string) => tell({ stage: 'apply', message });
        const { network, layout, output } = await openApplied(dependencies, input, folder);
        const files = await filesOf(dependencies, input, folder, say);
        const images = await applyToAll(files, layout, network, output, { folder, say });
        const written: Record<string, string> = {};
        for (const { name, path } of await output.finish()) {
          throwIfCancelled();
          written[name] = keys.applied(input.experiment.name, input.id, name);
          await dependencies.store.upload(path, written[name]);
        }
        return { files: files.length, images, by: network.by, written };
      }),
    );
}

async function filesOf(
  { store }: TrainingDependencies,
  { source }: ApplyModelInput,
  folder: string,
  say: (message: string) => void,
): Promise<SourceFile[]> {
  const scratch = join(folder, 'source');
  await mkdir(scratch);
  const files = await everyFile(source, {
    scratch,
    signal: cancellationSignal(),
    onProgress: ({ file, bytes, message = `${file}: ${(bytes / 1e6).toFixed(1)} MB` }) => say(message),
    openBucket: (bucket, prefix) => store.elsewhere(bucket, prefix),
  });
  if (files.length > 0) return files;
  throw new NoImagesError(
    `There is no image in "${source}", as the worker's machine sees it. Give a folder, an archive, a list or a file of images.`,
  );
}

async function applyToAll(
  files: readonly SourceFile[],
  layout: ImageLayout,
  network: AppliedNetwork,
  output: AppliedOutput,
  { folder, say }: { folder: string; say: (message: string) => void },
): Promise<number> {
  const perBatch = imagesPerCall({ height: layout.size, width: layout.size });
  const progress = progressOf('images:', files.length, ({ message }) => say(message ?? ''));
  const batch = join(folder, 'batch');
  let [images, done] = [0, 0];
  for await (const decoded of decodeInBatches(files, layout, perBatch, cancellationSignal())) {
    throwIfCancelled();
    const usable = decoded.files.filter(({ problem }) => problem === null).length;
    let rows: Float32Array = new Float32Array();
    if (usable > 0) {
      await writeFile(batch, decoded.pixels).catch((error: unknown) => {
        throw translateDiskError(error, batch);
      });
      rows = await network.run(stringFeed(batch));
    }
    await output.add(decoded.files, rows);
    images += usable;
    done += decoded.files.length;
    progress(done);
  }
  return images;
}
