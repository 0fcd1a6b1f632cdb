import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../engine/client';
import type { Feed, Output } from '../../engine/protocol';
import { setupPaths } from '../../infra/setup-paths';
import { Graph, type Device, type Tensor } from '../../training/graph/graph';
import { after } from '../../training/graph/ops/array';
import { savedModel } from '../../training/graph/saved-model';

/** Builds what a signature gives back from its inputs, which have the feeds' names, types and shapes. */
export type Build = (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;

async function written(path: string, savedModel: Uint8Array): Promise<string> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'saved_model.pb'), savedModel);
  return path;
}

/** A real engine for the tests of one file: started before them, ended after them. */
export function useEngine() {
  let engine: Engine;
  let folder: string;
  let saved = 0;
  beforeAll(async () => {
    const { tensorflowBinding, libraryPath } = setupPaths();
    folder = await mkdtemp(join(tmpdir(), 'byol-graph-'));
    engine = await Engine.start({
      binding: tensorflowBinding,
      libraryPath,
      threads: { intra: 1, inter: 2 },
      device: 'cpu',
    });
  }, 60_000);
  afterAll(async () => {
    await engine?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes a SavedModel where the engine can load it, once: another test may be reading it. @returns its folder */
  const installed = new Map<string, Promise<string>>();
  const install = (bytes: Uint8Array): Promise<string> => {
    const path = join(folder, createHash('sha256').update(bytes).digest('hex'));
    const known = installed.get(path) ?? written(path, bytes);
    installed.set(path, known);
    return known;
  };

  return {
    install,
    call: (program: string, signature: string, feeds: Record<string, Feed>): Promise<Record<string, Output>> =>
      engine.run(program, signature, feeds),
    /** Writes an output, as a checkpoint does, to a new file. */
    save: (
      program: string,
      signature: string,
      feeds: Record<string, Feed>,
      output: string,
      header: Uint8Array,
    ): Promise<string> => {
      const path = join(folder, `saved-${saved++}`);
      return engine.save({ program, signature, feeds, output, path, header }).then(() => path);
    },
    /** Builds a graph around the feeds and runs it once. */
    run: async (feeds: Record<string, Feed>, build: Build, device?: Device): Promise<Record<string, Output>> => {
      const graph = new Graph(undefined, device);
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { dtype, shape }]) => [name, graph.placeholder(name, dtype, shape)]),
      );
      // A tensor cannot be fed and fetched at once: an input that is given back goes through a node.
      const outputs = Object.fromEntries(Object.entries(build(inputs)).map(([name, y]) => [name, after(y, [])]));
      const program = savedModel(graph, { run: { inputs, outputs } });
      return engine.run(await install(program), 'run', feeds);
    },
  };
}

/** The floats of an output. */
export const floats = (outputs: Record<string, Output>, name: string): number[] => {
  const output = outputs[name];
  if (!output) throw new Error(`no output ${name}; there are ${Object.keys(outputs).join(', ')}`);
  return [...output.values];
};
