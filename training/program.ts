import { createHash } from 'node:crypto';
import type { Precision } from '../experiment/precision';
import { Graph, type Device, type Node, type Tensor } from './graph/graph';
import { after } from './graph/ops/array';
import { constant } from './graph/ops/constant';
import { peakBytes } from './graph/memory';
import { typicalProduct } from './graph/work';
import { savedModel, type Signature } from './graph/saved-model';
import { allocateImages, loadShard, type ImageFormat } from './images';
import { flatState, restoreState, type StateLayout } from './state';
import type { Variable } from './graph/ops/variable';

/** A training program: one SavedModel, known by its content, and how its state lies in a file. */
export interface Program {
  /** SHA-256 of the SavedModel, hexadecimal. */
  hash: string;
  savedModel: Uint8Array;
  state: StateLayout;
  /** Multiplications of a typical convolution or matrix product of a training step: see typicalProduct. */
  product: number;
  /** Long operations of a training step that run side by side: those of its two views or networks, or one. */
  sideBySide: 1 | 2;
  /** In which it computes activations and their gradients. */
  precision: Precision;
  /** About how many bytes a call of each signature needs at one time, besides state, images and what is fed: see peakBytes. */
  callBytes: Readonly<Record<string, number>>;
}

/** Pixels of one call that embeds or predicts: it takes memory for all of them, and cannot be cancelled or heard from meanwhile. */
const pixelsPerCall = 2_000_000;

/** Images of one call that embeds or predicts, at most. */
export const imagesPerCall = ({ height, width }: { height: number; width: number }): number =>
  Math.min(500, Math.max(1, Math.floor(pixelsPerCall / (height * width))));

/** Adds one signature: its placeholders are named `signature/input`. */
export type SignatureWriter = (
  inputs: (name: string, dtype: Tensor['dtype'], shape: readonly number[]) => Tensor,
) => Signature['outputs'];

/** Collects the signatures of a program that shares its variables among them. */
export class ProgramWriter {
  readonly graph: Graph;
  private readonly signatures: Record<string, Signature> = {};

  constructor(device?: Device) {
    this.graph = new Graph(undefined, device);
  }

  signature(name: string, write: SignatureWriter): void {
    const inputs: Record<string, Tensor> = {};
    this.graph.reads.clear();
    const outputs = write((input, dtype, shape) => {
      const tensor = this.graph.placeholder(`${name}/${input}`, dtype, shape);
      inputs[input] = tensor;
      return tensor;
    });
    this.signatures[name] = { inputs, outputs };
  }

  /** Signatures that every program has: `allocate`, `load` (images), `state`, `restore`. */
  finish(
    format: ImageFormat,
    variables: readonly Variable[],
    layout: StateLayout,
    traits: Pick<Program, 'sideBySide' | 'precision'>,
  ): Program {
    this.signature('allocate', (input) => {
      const count = input('count', 'int32', []);
      return done(count, [allocateImages(format, count)]);
    });
    this.signature('load', (input) => {
      const [path, from, to] = [input('path', 'string', []), input('from', 'int32', []), input('to', 'int32', [])];
      return done(to, [loadShard(format, path, from, to)]);
    });
    this.signature('state', (input) => {
      const unused = input('unused', 'int32', []);
      return { state: after(flatState(this.graph, variables), [unused.node]) };
    });
    this.signature('restore', (input) => {
      const path = input('path', 'string', []);
      return done(constant(this.graph, 'int32', [1]), restoreState(variables, layout, path));
    });
    const bytes = savedModel(this.graph, this.signatures);
    const hash = createHash('sha256').update(bytes).digest('hex');
    return {
      hash,
      savedModel: bytes,
      state: layout,
      product: this.product(),
      ...traits,
      callBytes: this.callBytes(format),
    };
  }

  private product(): number {
    const training = this.signatures['train'] ?? this.signatures['accumulate'];
    return typicalProduct(
      this.graph,
      Object.values(training?.outputs ?? {}).map(({ node }) => node),
    );
  }

  private callBytes(format: ImageFormat): Record<string, number> {
    const peak = ({ outputs }: Signature) =>
      peakBytes(
        this.graph,
        Object.values(outputs).map(({ node }) => node),
        imagesPerCall(format),
      );
    return Object.fromEntries(Object.entries(this.signatures).map(([name, signature]) => [name, peak(signature)]));
  }
}

/** An output that is fetched for its effects. */
export const done = (value: Tensor, effects: readonly Node[]): Signature['outputs'] => ({
  done: after(value, effects),
});
