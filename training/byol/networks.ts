import type { ExperimentSpec } from '../../experiment/resolve';
import type { Graph, Node, Tensor } from '../graph/graph';
import { cast, scalar, subtract } from '../graph/ops/elementwise';
import { mean } from '../graph/ops/mean';
import { assign, read, readAfter, subtractScaled } from '../graph/ops/variable';
import { multilayerPerceptron } from '../model/layers';
import { computeTypes, Parameters, updateRunningStatistics, type Pass, type Parameter } from '../model/parameters';
import { encode, featureCount, resnet, type Features } from '../model/resnet';

/** Before the names of the online encoder's weights and running statistics in the state. */
export const encoderPrefix = 'online.backbone.';

/** Before the names of the encoders that start as the given weights: the target is a copy of the online network. */
export const startPrefixes = [encoderPrefix, 'target.backbone.'] as const;

/** The networks of BYOL (arXiv 2006.07733, section 3.1): online encoder, projector and predictor; target encoder and projector. */
export class Networks {
  readonly online = { backbone: new Parameters(encoderPrefix), projector: new Parameters('online.projector.') };
  readonly predictor = new Parameters('predictor.');
  readonly target = { backbone: new Parameters(startPrefixes[1]), projector: new Parameters('target.projector.') };

  constructor(private readonly spec: ExperimentSpec) {}

  /** Weights that gradients train. */
  get trained(): Parameter[] {
    return [this.online.backbone, this.online.projector, this.predictor].flatMap((network) => network.trained);
  }

  /** Both encoders' weights and running statistics. */
  get encoders(): Parameter[] {
    return [...this.online.backbone.all, ...this.target.backbone.all];
  }

  get all(): Parameter[] {
    const { online, target, predictor } = this;
    return [online.backbone, online.projector, predictor, target.backbone, target.projector].flatMap(({ all }) => all);
  }

  /** Pairs of target and online weights that the moving average joins; running statistics are not among them. */
  get averaged(): [Parameter, Parameter][] {
    return (['backbone', 'projector'] as const).flatMap((part) =>
      this.target[part].trained.map((weight, position): [Parameter, Parameter] => [
        weight,
        this.online[part].trained[position] as Parameter,
      ]),
    );
  }

  /** Lengths of y and z. */
  get sizes(): { features: number; projection: number } {
    const { model, pretraining } = this.spec;
    return { features: featureCount(resnet(model)), projection: pretraining.projector.output };
  }

  /** @param views whose images lie one after the other in a batch */
  passes(graph: Graph, training: boolean, views = 1) {
    const compute = computeTypes[this.spec.precision];
    const pass = (parameters: Parameters): Pass => ({
      graph,
      parameters,
      training,
      views,
      compute,
      statistics: new Map(),
    });
    const pair = (network: Networks['online']) => ({
      backbone: pass(network.backbone),
      projector: pass(network.projector),
    });
    return { online: pair(this.online), predictor: pass(this.predictor), target: pair(this.target) };
  }

  /** z: the projection of normalized images x [N, H, W, C] -> [N, output]. */
  project(passes: { backbone: Pass; projector: Pass }, x: Tensor): Tensor {
    return this.projected(passes.projector, encode(passes.backbone, resnet(this.spec.model), x));
  }

  /** y and z of the same images. */
  embed(passes: { backbone: Pass; projector: Pass }, x: Tensor): { y: Tensor; z: Tensor } {
    const features = encode(passes.backbone, resnet(this.spec.model), x);
    return { y: cast(features.avgpool, 'float32'), z: this.projected(passes.projector, features) };
  }

  private projected(projector: Pass, of: Features): Tensor {
    const { layer, hidden, output } = this.spec.pretraining.projector;
    const features = of[layer] as Tensor;
    // A layer that is a map is averaged over its places first.
    const vector = features.shape.length === 4 ? mean(features, [1, 2]) : features;
    return cast(multilayerPerceptron(projector, vector, hidden, output), 'float32');
  }

  /** y: what the online encoder makes of normalized images x [N, H, W, C], before the projector -> [N, features] float32. */
  represent(backbone: Pass, x: Tensor): Tensor {
    return cast(encode(backbone, resnet(this.spec.model), x).avgpool, 'float32');
  }

  /** q(z): the prediction of the target's projection. */
  predict(pass: Pass, z: Tensor): Tensor {
    const { projector, predictor } = this.spec.pretraining;
    const y = multilayerPerceptron(pass, cast(z, pass.compute), predictor.hidden, projector.output);
    return cast(y, 'float32');
  }

  /**
   * target <- tau * target + (1 - tau) * online, each weight after the optimizer's step of its online one.
   *
   * @param tau float32 scalar
   * @param updates of `trained`, in its order
   */
  updateTarget(graph: Graph, tau: Tensor, updates: readonly Node[]): Node[] {
    const share = subtract(scalar(tau, 1), tau);
    const { trained } = this;
    return this.averaged.map(([target, online]) => {
      const updated = updates.filter((_, position) => trained[position] === online);
      const difference = subtract(read(graph, target), readAfter(graph, online, updated));
      return subtractScaled(target, difference, share, updated);
    });
  }

  /** The target starts as a copy of the online network, in variables of its own. */
  copyToTarget(graph: Graph, control: readonly Node[]): Node[] {
    return (['backbone', 'projector'] as const).flatMap((part) =>
      this.target[part].all.map((variable, position) =>
        assign(variable, readAfter(graph, this.online[part].all[position] as Parameter, control)),
      ),
    );
  }

  updateStatistics(passes: ReturnType<Networks['passes']>, control: readonly Node[]): Node[] {
    const { online, predictor, target } = passes;
    return [online.backbone, online.projector, predictor, target.backbone, target.projector].flatMap((pass) =>
      updateRunningStatistics(pass, control),
    );
  }
}
