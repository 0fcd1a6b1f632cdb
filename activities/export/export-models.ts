import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadManifest } from '../../datasets/read';
import { shownSource } from '../../datasets/remote';
import type { DatasetManifest } from '../../datasets/manifest';
import type { Arm, ComparisonOf } from '../../experiment/comparison';
import type { FileDigest } from '../../experiment/file-digests';
import type { ExperimentSpec } from '../../experiment/resolve';
import type { Setting } from '../../experiment/search-grid';
import type { ComparisonResult } from '../../report/results';
import * as keys from '../../storage/keys';
import { sha256 } from '../../storage/integrity';
import type { ObjectStore } from '../../storage/object-store';
import { hashFile } from '../../storage/transfer';
import { encoderPrefix } from '../../training/byol/networks';
import { ModelTooLargeError } from '../../training/inference';
import { exportNetwork } from './exported-network';
import type { FetchDependencies } from '../dataset/fetch-dataset';
import { gatherComparisons } from '../classifier/stored-comparisons';
import { withPulse } from '../pulse';
import { pytorchLoader } from './pytorch-loader';
import { readSpec, type ExperimentRef } from '../read-spec';
import { scratchFolder } from '../machine/scratch';

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
 * torchvision's names and layouts and as TensorFlow SavedModels, beside a model.json that says how they were made, how
 * images are prepared for them and which bytes each file has, and a load.py that needs nothing else.
 */
export function createExportModels({ store, scratch }: FetchDependencies): ExportModels {
  return ({ experiment, dataset }) =>
    withPulse({ stage: 'export' }, () =>
      scratchFolder(scratch, async (folder) => {
        const spec = await readSpec(store, experiment);
        const manifest = await loadManifest(store, dataset);
        const classifier = chosenClassifier(await gatherComparisons(store, spec));
        const described = describeModel(spec, manifest, classifier);
        const format = { ...manifest.image, ...manifest.normalize };
        const files = new ExportFolder(store, spec.name);
        let savedModelProblem: string | null = null;
        for (const { name, ...of } of networksOf(spec, manifest, classifier)) {
          const made = await exportNetwork(store, { spec, format }, of, join(folder, name));
          await files.upload(`${name}.safetensors`, made.safetensors);
          if (made.savedModel instanceof ModelTooLargeError) savedModelProblem = made.savedModel.message;
          else {
            await files.upload(`savedmodel/${name}/saved_model.pb`, made.savedModel);
            await files.json(`savedmodel/${name}/assets.extra/model.json`, described);
          }
          await rm(join(folder, name), { recursive: true });
        }
        await files.put('load.py', pytorchLoader, 'text/x-python');
        // Last: it vouches for all that was written before.
        await files.json('model.json', { ...described, savedModelProblem, files: files.written });
        return { keys: Object.keys(files.written).map(files.key).sort() };
      }),
    );
}

/** The networks that are exported, by the names of their files. */
function networksOf(spec: ExperimentSpec, { classes }: DatasetManifest, classifier: ExportedClassifier) {
  const encoders = (spec.pretraining.epochs > 0 ? spec.seeds : []).map((seed) => ({
    name: `encoder-seed-${seed}`,
    run: keys.pretrainingRun(seed),
    network: { prefix: encoderPrefix },
  }));
  const network = { prefix: 'backbone.', classes: classes.length };
  return [...encoders, { name: 'classifier', run: keys.classifierRun(classifier), network }];
}

/** Where an experiment's exports lie in storage. */
class ExportFolder {
  /** By name. */
  readonly written: Record<string, FileDigest> = {};

  constructor(
    private readonly store: ObjectStore,
    private readonly experiment: string,
  ) {}

  async upload(file: string, path: string): Promise<void> {
    const found = await hashFile(path);
    await this.store.upload(path, this.key(file), found.sha256);
    this.written[file] = found;
  }

  async put(file: string, text: string, contentType: string): Promise<void> {
    const body = Buffer.from(text);
    await this.store.put(this.key(file), body, { contentType });
    this.written[file] = { sha256: sha256(body), bytes: body.length };
  }

  json(file: string, value: object): Promise<void> {
    return this.put(file, JSON.stringify(value, null, 2), 'application/json');
  }

  readonly key = (file: string): string => keys.model(this.experiment, file);
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
