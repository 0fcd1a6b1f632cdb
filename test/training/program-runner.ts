import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Feed, int32Feed, stringFeed, type Feed, type Output } from '../../engine/protocol';
import type { Program } from '../../training/program';
import { floats, type useEngine } from './run-graph';

/** A program installed in the engine, with images and a state of the test's choice. */
export class ProgramRunner {
  private constructor(
    private readonly engine: ReturnType<typeof useEngine>,
    private readonly program: Program,
    private readonly folder: string,
  ) {}

  /** @param images uint8 [N, H, W, C] */
  static async install(engine: ReturnType<typeof useEngine>, program: Program, images: Uint8Array, count: number) {
    const runner = new ProgramRunner(engine, program, await engine.install(program.savedModel));
    const shard = join(runner.folder, 'images');
    await writeFile(shard, images);
    await runner.call('allocate', { count: int32Feed([count]) });
    await runner.call('load', { path: stringFeed(shard), from: int32Feed([0]), to: int32Feed([count]) });
    return runner;
  }

  call(signature: string, feeds: Record<string, Feed>): Promise<Record<string, Output>> {
    return this.engine.call(this.folder, signature, feeds);
  }

  /** Sets the whole state through `restore`: given values by name, zero elsewhere. */
  async restore(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { header, tensors, bytes } = this.program.state;
    const file = Buffer.alloc(bytes);
    file.set(header);
    const unknown = new Set(values.keys());
    for (const { name, offset, bytes: length } of tensors) {
      const value = values.get(name);
      unknown.delete(name);
      if (!value) continue;
      if (value.byteLength !== length) throw new Error(`${name} takes ${length} bytes, not ${value.byteLength}`);
      file.set(new Uint8Array(value.buffer), offset);
    }
    if (unknown.size > 0) throw new Error(`the program has no ${[...unknown].join(', ')}`);
    const path = join(this.folder, 'state');
    await writeFile(path, file);
    await this.call('restore', { path: stringFeed(path) });
  }

  /** The whole state by name, in TensorFlow's layout, from a file as a checkpoint has it. */
  async state(): Promise<Map<string, Float32Array>> {
    const { tensors, header } = this.program.state;
    const path = await this.engine.save(this.folder, 'state', { unused: int32Feed([0]) }, 'state', header);
    const file = await readFile(path);
    await rm(path);
    return new Map(
      tensors.map(({ name, offset, bytes }) => [
        name,
        new Float32Array(file.buffer.slice(file.byteOffset + offset, file.byteOffset + offset + bytes)),
      ]),
    );
  }

  /** `count` optimizer steps on the same images, one call. @returns their losses */
  async train(
    batch: number,
    step: number,
    count: number,
    learningRate: number,
    more: Record<string, Feed>,
  ): Promise<number[]> {
    const indices = Array.from({ length: count * batch }, (_, at) => at % batch);
    const outputs = await this.call('train', {
      indices: int32Feed(indices, [count, batch]),
      key: int32Feed([1, 2], [2]),
      step: int32Feed([step]),
      learning_rate: float32Feed(new Array<number>(count).fill(learningRate), [count]),
      ...more,
    });
    return floats(outputs, 'loss');
  }
}
