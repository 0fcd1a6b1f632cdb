// @ts-check
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { command } from './command.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @param {string} version such as 22.3.0
 * @throws {SetupError} below 20.19, or 21
 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 21 || (major === 20 && minor >= 19)) return;
  throw new SetupError(
    `This is node ${version}; durable-byol needs node 20.19 or later, 22 or 24. Install one of them (for example with ` +
      `nvm: "nvm install 22", or from nodejs.org) and run this again.`,
  );
}

/**
 * @param {string} platform process.platform
 * @param {string} arch process.arch
 * @returns {import('./pins.mjs').Platform}
 * @throws {SetupError} on a platform without pinned files
 */
export function requirePlatform(platform, arch) {
  const name = `${platform}-${arch}`;
  if (name === 'linux-x64' || name === 'linux-arm64' || name === 'darwin-arm64') return name;
  const remedy =
    platform === 'win32'
      ? 'On Windows run it inside WSL2 ("wsl --install", then clone the project in the Linux shell).'
      : platform === 'darwin'
        ? 'There is no TensorFlow 2.21 for Intel Macs: run it in a Linux container or on another machine.'
        : 'Run it on one of those, for example in a container or a virtual machine.';
  throw new SetupError(`durable-byol runs on Linux x86-64, Linux arm64 and macOS arm64; this is ${name}. ${remedy}`);
}

/**
 * @param {string} name a program
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} where it stands on PATH
 */
export function onPath(name, env) {
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (folder && statSync(file).isFile()) return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} the program python3
 * @throws {SetupError} without one
 */
export function requirePython(env) {
  const python = onPath('python3', env);
  if (python) return python;
  throw new SetupError(
    'python3 was not found on PATH. Set-up uses it, with its pip, to fetch and unpack the engine and the servers (nothing ' +
      'is installed into it). Install it ("apt install python3 python3-pip", "dnf install python3-pip" or "brew install ' +
      'python") and run this again.',
  );
}

/**
 * @param {string} python
 * @throws {SetupError} when it is too old or has no pip
 */
export async function requirePip(python) {
  const found = await command(python, ['-c', 'import sys, pip; print(pip.__version__, sys.version_info >= (3, 8))']);
  if (found.code !== 0) {
    throw new SetupError(
      `${python} has no pip, which set-up uses to fetch the engine and the servers (nothing is installed into Python). ` +
        'Install it ("apt install python3-pip", "dnf install python3-pip", or "python3 -m ensurepip --user") and run this again.',
    );
  }
  const [version = '', modern] = found.stdout.trim().split(' ');
  if (modern === 'True' && Number.parseInt(version, 10) >= 20) return;
  throw new SetupError(
    `${python} has pip ${version}; set-up needs Python 3.8 and pip 20 or later. Upgrade ("python3 -m pip install --user ` +
      `--upgrade pip", or a newer Python first on PATH) and run this again.`,
  );
}
