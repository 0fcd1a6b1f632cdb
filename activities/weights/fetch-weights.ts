import { createWriteStream } from 'node:fs';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DownloadError } from '../../datasets/errors';
import { explainBreak, isUrl, openUrl, shownSource } from '../../datasets/remote';
import { exportRefused, parseExportedModel, type ExportedModel } from '../../experiment/exported-model';
import { notAsWritten } from '../../experiment/file-digests';
import { weightsOfExperiment } from '../../experiment/weights';
import { BucketMissingError, ObjectDamagedError, ObjectMissingError, translateDiskError } from '../../storage/errors';
import * as keys from '../../storage/keys';
import type { ObjectStore } from '../../storage/object-store';
import { WeightsError } from '../../training/weights/weights-error';

export interface FetchingWeights {
  store: ObjectStore;
  /** An empty folder. */
  scratch: string;
  signal: AbortSignal;
  /** Called often while a file comes. */
  tell: (message: string) => void;
}

/** Bytes of a file of weights at most: a ResNet-50 has 100 million. */
const largestFile = 2 ** 32;

/**
 * Brings the file that `model.weights` names to this machine.
 *
 * @returns its path, and its name as it may be shown and kept
 * @throws WeightsError where there is none, DatasetError and DownloadError of a server, StorageError
 */
export async function fetchWeights(
  source: string,
  fetching: FetchingWeights,
): Promise<{ path: string; shown: string }> {
  const path = join(fetching.scratch, 'fetched');
  const shown = shownSource(source);
  if (isUrl(source)) await download(source, path, fetching);
  else if (/^s3:\/\//i.test(source)) await fetchObject(source, path, fetching.store);
  else if (source.startsWith('byol:')) await fetchEncoder(source, path, fetching.store);
  else return { path: source, shown };
  return { path, shown };
}

async function download(url: string, path: string, { signal, tell }: FetchingWeights): Promise<void> {
  const remote = await openUrl(url, signal, 'model.weights');
  const shown = shownSource(url);
  if (remote === null)
    throw new WeightsError(`There is nothing at ${shown} (404). Look whether the address in model.weights is right.`);
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > largestFile)
        throw new WeightsError(`${shown} has more than ${largestFile} bytes: it is no file of weights.`);
      tell(`${shown}: ${(bytes / 1e6).toFixed(1)} MB`);
      yield chunk;
    }
  };
  try {
    await pipeline(remote.stream, counted, createWriteStream(path));
  } catch (error) {
    throw error instanceof WeightsError ? error : translateDiskError(explainBreak(error, url, signal), path);
  }
  if (remote.bytes !== undefined && bytes !== remote.bytes)
    throw new DownloadError(
      `The download of ${shown} ended after ${bytes} of ${remote.bytes} bytes. It is tried again.`,
    );
}

async function fetchObject(source: string, path: string, store: ObjectStore): Promise<void> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/i.exec(source) ?? [];
  const folder = store.elsewhere(bucket, posix.dirname(`/${key}`).slice(1));
  try {
    await folder.download(posix.basename(key), path);
  } catch (error) {
    if (!(error instanceof ObjectMissingError) && !(error instanceof BucketMissingError)) throw error;
    throw new WeightsError(
      `There is no ${source}, which model.weights names (${folder.location}). It is looked for with the endpoint and the ` +
        `credentials of this project's own bucket: look whether bucket, key and endpoint are right.`,
      { cause: error },
    );
  }
}

async function fetchEncoder(source: string, path: string, store: ObjectStore): Promise<void> {
  const of = weightsOfExperiment(source);
  if (!of) throw new WeightsError(`"${source}" is not byol://EXPERIMENT/seed-S.`);
  const file = `encoder-seed-${of.seed}.safetensors`;
  const key = keys.model(of.experiment, file);
  const refused = (what: string, cause: unknown) =>
    new WeightsError(`model.weights names ${source}. ${exportRefused(of.experiment, what)}`, { cause });
  const expected = (await exportOf(of.experiment, store, refused))?.files[file];
  if (!expected)
    throw new WeightsError(
      `model.weights names ${source}, and ${store.location} has no encoder of it (${key}): the experiment ${of.experiment} has ` +
        `not finished, pretrained nothing, or has no seed ${of.seed}. "byol list" shows what there is.`,
    );
  try {
    await store.download(key, path, expected.sha256);
  } catch (error) {
    const missing = error instanceof ObjectMissingError;
    if (!missing && !(error instanceof ObjectDamagedError)) throw error;
    throw refused(notAsWritten(`${key} in ${store.location}`, missing), error);
  }
}

/** What an experiment exported; null where it has exported nothing yet. */
async function exportOf(
  experiment: string,
  store: ObjectStore,
  refused: (what: string, cause: unknown) => WeightsError,
): Promise<ExportedModel | null> {
  const key = keys.model(experiment, 'model.json');
  const stored = await store.getIfPresent(key);
  try {
    return stored && parseExportedModel(stored.body.toString('utf8'));
  } catch (error) {
    throw refused(`${key} in ${store.location} is not what byol writes there (${(error as Error).message})`, error);
  }
}
