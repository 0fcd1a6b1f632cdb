import { execFile, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const root = path.join(__dirname, '..', '..', '..');

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Code that uses set-up's modules, which are ES modules and run outside of jest; `from('x')` is the path of one. */
function script(code: string): string[] {
  const folder = pathToFileURL(path.join(root, 'infra', 'bootstrap')).href;
  return [
    '--input-type=module',
    '-e',
    `const from = (name) => ${JSON.stringify(folder)} + '/' + name + '.mjs';\n${code}`,
  ];
}

export function runModule(code: string, environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return runNode(script(code), environment);
}

export function startModule(code: string, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, script(code), {
    env: { ...clean, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** This process's environment without what would change where pip looks or what set-up does. */
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PIP_|BYOL_)/.test(name)));

export function runNode(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { ...clean, ...environment }, cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error ? ((error.code as number | undefined) ?? 1) : 0, stdout, stderr });
    });
  });
}
