import {
  createApplyModel,
  type AppliedKind,
  type AppliedModel,
  type ApplyModelInput,
} from '../../../activities/apply/apply-model';
import { createPretrainEpochs } from '../../../activities/pretraining/pretrain-epochs';
import type { ExperimentRef } from '../../../activities/read-spec';
import { parseSpec, type ExperimentSpec } from '../../../experiment/resolve';
import { SeedBench } from '../seed-bench';

/** An experiment on images of three colours whose pretraining is complete, in a real store by the real engine. */
export class AppliedExperiment {
  private constructor(
    readonly bench: SeedBench,
    readonly experiment: ExperimentRef,
  ) {}

  static async open(): Promise<AppliedExperiment> {
    const bench = await SeedBench.open(layout);
    const made = new AppliedExperiment(bench, await bench.record(specOf(bench, 'applied')));
    await bench.run(createPretrainEpochs(bench.dependencies), {
      ...{ experiment: made.experiment, dataset: bench.dataset, seed: 1, throughEpoch: 2 },
    });
    return made;
  }

  spec(name: string): ExperimentSpec {
    return specOf(this.bench, name);
  }

  apply(kind: AppliedKind, source: string, more: Partial<ApplyModelInput> = {}): Promise<AppliedModel> {
    const { bench, experiment } = this;
    const input = { experiment, dataset: bench.dataset, source, kind, id: `${kind}-1`, ...more };
    return bench.run(createApplyModel(bench.dependencies), input);
  }
}

const layout = { size: 32, validation: 0.25, fit: 'pad' };

const specOf = ({ source }: SeedBench, name: string): ExperimentSpec =>
  parseSpec({
    name,
    dataset: { kind: 'images', source, ...layout },
    model: { backbone: 'resnet-mini', stem: '5x5', width: 4 },
    seeds: [1],
    pretraining: { epochs: 2, batch: 8, optimizer: { name: 'adam' }, learningRate: 0.003 },
    classifier: { epochs: 20, batch: 3, optimizer: { name: 'adam' }, learningRates: [0.01] },
  });
