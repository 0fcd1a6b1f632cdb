import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentSpec } from '../../experiment/resolve';
import { searchGrid, type Setting } from '../../experiment/search-grid';
import { testOf } from '../report/sample-results';
import { commitCheckpoint } from '../../storage/checkpoint';
import { sha256 } from '../../storage/integrity';
import * as keys from '../../storage/keys';
import { Graph } from '../../training/graph/graph';
import { Parameters } from '../../training/model/parameters';
import { encode, resnet } from '../../training/model/resnet';
import { stateLayout } from '../../training/state';
import type { ObjectStore } from '../../storage/object-store';

const variable = (name: string, shape: number[]) => ({ name, dtype: 'float32' as const, shape });

/** The variables of every state that is kept, for grey images of 28 x 28 pixels in ten classes; their values count up from 0. */
function storedVariables({ model }: ExperimentSpec) {
  const backbone = (prefix: string) => {
    const graph = new Graph();
    const parameters = new Parameters(prefix);
    const pass = { graph, parameters, training: false, compute: 'float32' as const, statistics: new Map() };
    encode(pass, resnet(model), graph.placeholder('images', 'float32', [-1, 28, 28, 1]));
    return parameters.all;
  };
  return [
    ...backbone('online.backbone.'),
    variable('target.backbone.bn1.bias', [2]),
    ...backbone('backbone.'),
    variable('fc.weight', [8 * model.width, 10]),
    variable('fc.bias', [10]),
    variable('adam.first.fc.bias', [2]),
  ];
}

const machine = {
  ...{ device: 'cpu', cpu: 'a cpu', cores: 4, devices: 2 },
  ...{ tensorflow: '2.21.0', node: '22.0.0', worker: 'worker-1' },
};

/** Of two test images. */
const predictions = Buffer.from('image,label,predicted\n0,"1","1"\n1,"2","7"\n');

const epochs = (count: number, seconds: number, worker: string) =>
  Array.from({ length: count }, (_, index) => ({
    epoch: index + 1,
    steps: 10,
    loss: 1 / (index + 1),
    learningRate: 0.001,
    spread: 0.9,
    imagesPerSecond: 1000,
    seconds,
    worker,
  }));

/** Puts into a store what the training activities of a finished experiment would leave there: small, but in their forms. */
export async function keepRun(store: ObjectStore, spec: ExperimentSpec, scratch: string): Promise<void> {
  const stateFile = join(scratch, 'state');
  const { header, bytes } = stateLayout(storedVariables(spec));
  const values = Float32Array.from({ length: (bytes - header.length) / 4 }, (_, at) => at);
  await writeFile(stateFile, Buffer.concat([header, Buffer.from(values.buffer)]));
  const checkpoint = async (run: string, trained: ReturnType<typeof epochs>, threads: number) => {
    const position = { epoch: trained.length, step: 10 * trained.length };
    const metadata = { dataset: 'd', spec: 's', ...machine, threads, epochs: trained };
    const of = { experiment: spec.name, run };
    await commitCheckpoint(store, { ...of, position, program: 'p', stateFile, metadata, parentKey: null });
  };
  for (const seed of spec.seeds) {
    await checkpoint(keys.pretrainingRun(seed), epochs(spec.pretraining.epochs, 2, 'worker-1'), 5);
    for (const labels of spec.labels) {
      for (const arm of spec.arms) {
        const of = { seed, arm, labels };
        const grid = searchGrid(spec.classifier);
        const trained = (count: number) => epochs(count, 0.5, 'worker-2');
        const search = grid.map((setting) => ({
          ...setting,
          validationAccuracy: 0.8,
          validationLoss: 0.5,
          curve: trained(setting.epochs),
        }));
        const [chosen] = grid as [Setting];
        await checkpoint(keys.classifierRun({ ...of, ...chosen }), trained(chosen.epochs), 3);
        const accuracy = (arm === 'fine-tuned' ? 0.9 : 0.7) + 0.01 * seed;
        const predictionsKey = keys.predictions(spec.name, keys.comparisonRun(of), 'test');
        const result = {
          ...of,
          labelCount: labels,
          search,
          chosen,
          validationAccuracy: 0.8,
          test: { ...testOf(accuracy, predictionsKey), predictionsSha256: sha256(predictions) },
        };
        await store.put(predictionsKey, predictions);
        await store.put(keys.result(spec.name, keys.comparisonRun(of)), Buffer.from(JSON.stringify(result)));
      }
    }
  }
}
