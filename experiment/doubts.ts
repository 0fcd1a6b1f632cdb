import type { ExperimentSpec } from './resolve';

const optimizerDoubts = ({ pretraining, classifier }: ExperimentSpec): string[] => {
  const { optimizer, learningRate } = pretraining;
  const doubts: string[] = [];
  if ((optimizer.name === 'adam' || optimizer.name === 'adamw') && learningRate > 0.03)
    doubts.push(
      `pretraining.learningRate ${learningRate} is high for ${optimizer.name === 'adam' ? 'Adam' : 'AdamW'} (rates like the paper's .2 are for LARS); ` +
        `the network may collapse. Usual: 1e-4 to 3e-3.`,
    );
  if (optimizer.name === 'lars' && learningRate * optimizer.trust < 1e-5)
    doubts.push(
      `pretraining.learningRate ${learningRate} is low for LARS, whose steps are learning rate x trust (${optimizer.trust}) as ` +
        `long as the weights: they hardly move. The paper's: .2 x images of a step / 256.`,
    );
  for (const [path, { name, weightDecay, exclude }] of [
    ['pretraining.optimizer', optimizer],
    ['classifier.optimizer', classifier.optimizer],
  ] as const)
    if ((name === 'adam' || name === 'sgd') && exclude && exclude.length > 0 && weightDecay === 0)
      doubts.push(`${path}.exclude has no effect: it leaves parameters out of weight decay, and weightDecay is 0.`);
  return doubts;
};

/** Settings that are allowed and seldom meant: a sentence each, for the terminal. */
export function doubtsOf(spec: ExperimentSpec): string[] {
  const { model, pretraining, seeds } = spec;
  const doubts: string[] = [];
  doubts.push(...optimizerDoubts(spec));
  if (pretraining.tau.base === 1)
    doubts.push('pretraining.tau.base is 1: the target network stays at its start for the whole run.');
  if (pretraining.epochs === 0)
    doubts.push(
      `pretraining.epochs is 0: every arm starts from ${model.weights === undefined ? 'random' : 'the given'} weights.`,
    );
  if (seeds.length < 3)
    doubts.push(
      `${seeds.length} seed${seeds.length > 1 ? 's' : ''}: too few to tell a gain from luck; use at least 3.`,
    );
  return doubts;
}
