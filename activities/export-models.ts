import { join } from 'node:path';
import { loadManifest } from '../datasets/read';
import { shownSource } from '../datasets/remote';
import type { DatasetManifest } from '../datasets/manifest';
import type { Arm, ComparisonOf } from '../experiment/comparison';
import type { ExperimentSpec } from '../experiment/resolve';
import type { Setting } from '../experiment/search-grid';
import type { ComparisonResult } from '../report/results';
import { restoreLatestCheckpoint } from '../storage/checkpoint-restore';
import * as keys from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { encoderPrefix } from '../training/byol/networks';
import { toTorch } from '../training/torch-layout';
import type { ExperimentRef, FetchDependencies } from './fetch-dataset';
import { gatherComparisons, ResultMissingError } from './gather-results';
import { withPulse } from './pulse';
import { pytorchLoader } from './pytorch-loader';
import { readSpec } from './read-spec';
import { openSafetensors, writeSafetensors, type TensorToWrite } from './safetensors';
import { scratchFolder } from './scratch';

export interface ExportModelsInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
}

export interface ExportedModels {
  /** Keys of what was written. */
  keys: string[];
}

export type ExportModels = (input: ExportModelsInput) => Promise<ExportedModels>;

/** The classifier that is given to users: which of the experiment's many it is. */
export interface ExportedClassifier extends ComparisonOf, Setting {
  validationAccuracy: number;
}

/**
 * @returns the activity `exportModels`: every seed's pretrained encoder, and one classifier, as safetensors files with
 * torchvision's names and layouts, beside a model.json that says how they were made and how images are prepared for
 * them, and a load.py that needs nothing else.
 */
export function createExportModels({ store, scratch }: FetchDependencies): ExportModels {
  return ({ experiment, dataset }) =>
    withPulse({ stage: 'export' }, () =>
      scratchFolder(scratch, async (folder) => {
        const spec = await readSpec(store, experiment);
        const manifest = await loadManifest(store, dataset);
        const written: string[] = [];
        const keep = async (file: string, path: string) => {
          const key = keys.model(spec.name, file);
          await store.upload(path, key);
          written.push(key);
        };
        for (const seed of spec.pretraining.epochs > 0 ? spec.seeds : []) {
          const path = await torchFile(
            store,
            spec,
            keys.pretrainingRun(seed),
            [encoderPrefix],
            join(folder, `${seed}`),
          );
          await keep(`encoder-seed-${seed}.safetensors`, path);
        }
        const classifier = chosenClassifier(await gatherComparisons(store, spec));
        const run = keys.classifierRun(classifier);
        await keep('classifier.safetensors', await torchFile(store, spec, run, ['backbone.', ''], join(folder, 'c')));
        const put = async (file: string, text: string, contentType: string) => {
          await store.put(keys.model(spec.name, file), Buffer.from(text), { contentType });
          written.push(keys.model(spec.name, file));
        };
        await put('model.json', JSON.stringify(describeModel(spec, manifest, classifier), null, 2), 'application/json');
        await put('load.py', pytorchLoader, 'text/x-python');
        return { keys: written.sort() };
      }),
    );
}

/**
 * The classifier with the most labels, of the arm that does best on validation over all seeds, and of its seeds the one
 * that does best there. The test split has no say.
 */
export function chosenClassifier(comparisons: readonly ComparisonResult[]): ExportedClassifier {
  const most = Math.max(...comparisons.map(({ labelCount }) => labelCount));
  const candidates = comparisons.filter(({ labelCount }) => labelCount === most);
  const meanOf = (arm: Arm) => {
    const found = candidates.filter((each) => each.arm === arm).map((each) => each.validationAccuracy);
    return found.reduce((sum, accuracy) => sum + accuracy, 0) / found.length;
  };
  const [best] = [...candidates].sort(
    (a, b) => meanOf(b.arm) - meanOf(a.arm) || b.validationAccuracy - a.validationAccuracy || a.seed - b.seed,
  ) as [ComparisonResult];
  const { seed, arm, labels, chosen, validationAccuracy } = best;
  return { seed, arm, labels, ...chosen, validationAccuracy };
}

/** Tensors of a run's last state whose names begin with one of the prefixes, without it; '' stands for the head, `fc`. */
export async function torchFile(
  store: ObjectStore,
  spec: ExperimentSpec,
  run: string,
  prefixes: readonly string[],
  path: string,
): Promise<string> {
  const state = `${path}.state`;
  const { checkpoint, skipped } = await restoreLatestCheckpoint(store, { experiment: spec.name, run }, state);
  if (!checkpoint)
    throw new ResultMissingError(
      `The weights of ${run} cannot be exported: ${store.location} has no whole checkpoint of it ${skipped.join('; ')}. ` +
        `"byol resume ${spec.name}" trains again what is lost.`,
    );
  const file = await openSafetensors(state);
  try {
    const tensors = Object.entries(file.entries).flatMap(([name, entry]): TensorToWrite[] => {
      const prefix = prefixes.find((each) => name.startsWith(each || 'fc.'));
      if (prefix === undefined) return [];
      const values = async () => {
        const bytes = await file.read(entry);
        return toTorch({
          shape: entry.shape,
          values: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
        });
      };
      const { shape } = toTorch({ shape: entry.shape, values: new Float32Array(0) });
      return [{ name: name.slice(prefix.length), shape, values: async () => (await values()).values }];
    });
    await writeSafetensors(path, { format: 'pt', experiment: spec.name, run }, tensors);
  } finally {
    await file.close();
  }
  return path;
}

/** What load.py and its readers need: the network, the classes, and how an image becomes its input. */
function describeModel(spec: ExperimentSpec, manifest: DatasetManifest, classifier: ExportedClassifier) {
  const { height, width, channels } = manifest.image;
  const { backbone, stem, width: stage } = spec.model;
  return {
    format: 'durable-byol-model/1',
    experiment: spec.name,
    network: { backbone, stem, width: stage, channels },
    startingWeights: spec.model.weights === undefined ? 'random' : shownSource(spec.model.weights),
    classes: manifest.classes,
    input: {
      height,
      width,
      channels,
      order: channels === 3 ? 'RGB' : 'grey',
      fit: 'fit' in spec.dataset ? spec.dataset.fit : 'none',
      scale: 'pixels / 255, then (x - mean) / std',
      ...manifest.normalize,
    },
    encoders: { seeds: spec.pretraining.epochs > 0 ? spec.seeds : [], epochs: spec.pretraining.epochs },
    classifier,
  };
}
