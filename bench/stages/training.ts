import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringFeed } from '../../engine/protocol';
import { formatOf, type Case } from '../cases';
import { EngineProgram } from '../engine-program';
import { peerSide } from '../peer/side';
import { timed } from '../timed';
import { bothSides, orClosed, type BenchContext, type Side, type Stage } from './stage';

/** Steps that take about so many seconds, after the first ones, which are slower. */
async function stepsFor(seconds: number, train: (steps: number) => Promise<number>): Promise<number> {
  await train(2);
  const once = (await train(2)) / 2;
  return Math.max(2, Math.round(seconds / once));
}

/** Our side of a training step. */
async function trainingSide(
  context: BenchContext,
  each: Case,
  options: { what: 'byol' | 'supervised'; augmented: boolean },
): Promise<Side> {
  const { scratch, device } = context;
  const opened = await EngineProgram.open(each, { scratch, device, ...options });
  const close = () => opened.stop();
  return orClosed(close, async () => {
    const steps = await stepsFor(context.seconds, (count) => opened.train(count));
    return { measure: async () => (steps * each.batch) / (await opened.train(steps)), close };
  });
}

const trainingStage = (
  name: string,
  title: string,
  options: { what: 'byol' | 'supervised'; augmented: boolean },
): Stage => ({
  name,
  title,
  unit: 'images/s',
  better: 'more',
  of: () => true,
  open: (context, each) =>
    bothSides(trainingSide(context, each, options), () => peerSide(context, each, { prepare: name })),
});

/** What bf16 gains, on a machine whose speed changes from one hour to the next. */
const precision: Stage = {
  name: 'precision',
  title: 'BYOL step with augmentation in bf16, beside the same in fp32',
  unit: 'images/s',
  better: 'more',
  against: 'in fp32',
  of: (each) => each.precision === 'bf16',
  open: (context, each) => {
    const sideIn = (wanted: Case['precision']) =>
      trainingSide(context, { ...each, precision: wanted }, { what: 'byol', augmented: true });
    return bothSides(sideIn('bf16'), () => sideIn('fp32'));
  },
};

/** Images of a call, and of a batch of the peer. */
const embedded = 256;

const embedding: Stage = {
  name: 'embedding',
  title: 'embedding',
  unit: 'images/s',
  better: 'more',
  of: ({ network, batch }) => network === 'resnet-mini' || batch === 64,
  open: (context, each) =>
    bothSides(embeddingSide(context, each), () =>
      peerSide(context, { ...each, batch: embedded }, { prepare: 'embedding' }),
    ),
};

async function embeddingSide(context: BenchContext, each: Case): Promise<Side> {
  const { scratch, device } = context;
  const opened = await EngineProgram.open(each, { scratch, device });
  const close = () => opened.stop();
  return orClosed(close, async () => {
    const { height, width, channels } = formatOf(each);
    const path = join(scratch, `embedded-${each.name}`);
    writeFileSync(path, randomBytes(embedded * height * width * channels));
    const embed = (calls: number) =>
      timed(async () => {
        for (let call = 0; call < calls; call++)
          await opened.engine.run(opened.folder, 'embed', { path: stringFeed(path) });
      });
    const calls = await stepsFor(context.seconds, embed);
    return { measure: async () => (calls * embedded) / (await embed(calls)), close };
  });
}

const plain = { what: 'byol', augmented: false } as const;
const augmented = { what: 'byol', augmented: true } as const;

export const trainingStages: readonly Stage[] = [
  trainingStage('step', 'BYOL step without augmentation', plain),
  trainingStage('augmented', "BYOL step with augmentation, PyTorch's by kornia or torchvision", augmented),
  trainingStage('by-hand', "BYOL step with augmentation, PyTorch's written by hand for whole batches", augmented),
  trainingStage('supervised', 'supervised step', { what: 'supervised', augmented: false }),
  embedding,
  precision,
];
