import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Environment } from './folders';

/**
 * What nvidia-smi says of the NVIDIA GPUs that a program of this environment sees: those that CUDA_VISIBLE_DEVICES names,
 * in its order, or all by their index.
 *
 * @param fields as `nvidia-smi --help-query-gpu` names them
 * @returns the values of the fields for each GPU; undefined where nvidia-smi does not answer: nothing is known then
 */
export async function visibleGpus(
  fields: readonly string[],
  environment: Environment,
): Promise<string[][] | undefined> {
  const query = [`--query-gpu=${['index', 'uuid', ...fields].join(',')}`, '--format=csv,noheader'];
  const options = { env: environment, timeout: 10_000 };
  const answer = await promisify(execFile)('nvidia-smi', query, options).catch(() => undefined);
  if (answer === undefined) return undefined;
  const gpus = answer.stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(', ').map((value) => value.trim()));
  return visibleOf(gpus, environment['CUDA_VISIBLE_DEVICES']).map(([, , ...values]) => values);
}

/** By CUDA's rule: the first name that stands for none hides those after it. */
function visibleOf(gpus: string[][], visible: string | undefined): string[][] {
  if (!visible) return gpus;
  const named = visible.split(',').map((name) => gpus.find((gpu) => stands(name.trim(), gpu)));
  const end = named.indexOf(undefined);
  return named.slice(0, end < 0 ? named.length : end) as string[][];
}

/** A GPU is named by its index or by how its UUID begins. A part of one (MIG) is not in this list: any stands for it. */
const stands = (name: string, [index, uuid = '']: string[]): boolean =>
  name === index || (/^GPU-./.test(name) && uuid.startsWith(name)) || name.startsWith('MIG-');

export const missingGpusRemedy = 'Set BYOL_DEVICES and CUDA_VISIBLE_DEVICES to what is there.';

/** What is wrong where a worker is to train on more GPUs than nvidia-smi shows; undefined: nothing. */
export function missingGpus(wanted: number, shown: number, environment: Environment): string | undefined {
  if (wanted <= shown) return undefined;
  const visible = environment['CUDA_VISIBLE_DEVICES'];
  const unset = environment['BYOL_DEVICES'] ? '' : ', as where it is not set';
  const among = visible ? ` of those that CUDA_VISIBLE_DEVICES names ("${visible}")` : '';
  return `BYOL_DEVICES is ${wanted}${unset}, but nvidia-smi shows ${shown} GPU${shown === 1 ? '' : 's'}${among}.`;
}
