import type { ExperimentSpec } from '../../experiment/resolve';
import type { Collapse } from '../../experiment/collapse';

/** Pretraining left an encoder of no use, and the spec says to stop then. */
export class CollapsedError extends Error {
  readonly retryable = false;
  override readonly name = 'CollapsedError';

  constructor(seed: number, { epoch, reason }: Collapse, { pretraining }: ExperimentSpec) {
    const { learningRate, optimizer, tau, batch, epochs } = pretraining;
    super(
      `The encoder of seed ${seed} collapsed: from epoch ${epoch} of ${epochs} on it has ${reason}. Training on would cost ` +
        `time and mend nothing, and a low loss says nothing against it. Usual causes: a learning rate that is too high ` +
        `(pretraining.learningRate is ${learningRate} with ${optimizer.name}${optimizer.name.startsWith('adam') ? ', for which 1e-4 to 3e-3 is usual' : ''}), ` +
        `a target that follows too fast (pretraining.tau.base is ${tau.base}; .99 or .996 is slower), a small batch ` +
        `(pretraining.batch is ${batch}). Change one and start under a new name; with ` +
        `pretraining.monitor.onCollapse=continue pretraining goes on all the same, and the comparison is called invalid.`,
    );
  }
}
