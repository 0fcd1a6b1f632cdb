import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const schema = z.strictObject({
  /** Temporal's CLI, which has the server and its UI inside. */
  temporal: z.string(),
  /** SeaweedFS, the S3 server. */
  weed: z.string(),
  /** Temporal's time-skipping test server; only after `npm test` or `--test`. */
  testServer: z.string().optional(),
  /** tfjs-node's native addon, built against this TensorFlow. */
  tensorflowBinding: z.string(),
  /** For LD_LIBRARY_PATH: TensorFlow's folder and, with CUDA, those of NVIDIA's libraries; joined by ':'. */
  libraryPath: z.string(),
  /** Whether this is the CUDA build of TensorFlow. */
  gpu: z.boolean(),
});

export type SetupPaths = z.infer<typeof schema>;

/**
 * Where set-up (infra/bootstrap.mjs) put the engine and the servers.
 *
 * @param file where it says so: setup.json in the compiled tree
 * @throws Error with the remedy when set-up has not run or what it brought is gone
 */
export function setupPaths(file = path.join(__dirname, '..', 'setup.json')): SetupPaths {
  const remedy = 'Run "npm run setup" in the project\'s folder; it takes seconds when little is missing.';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`The engine and the servers are not set up: ${file} is not there. ${remedy}`, { cause: error });
  }
  const paths = parse(text, file, remedy);
  const files = [paths.temporal, paths.weed, paths.tensorflowBinding, ...(paths.testServer ? [paths.testServer] : [])];
  const gone = files.find((each) => !existsSync(each));
  if (gone) throw new Error(`${file} says that ${gone} is part of the set-up, but it is gone. ${remedy}`);
  return paths;
}

function parse(text: string, file: string, remedy: string): SetupPaths {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : 'it is not JSON';
    throw new Error(`${file}, which says where the engine is, cannot be read: ${reason}. ${remedy}`, { cause: error });
  }
}
