// @ts-check
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isWhole, sha256 } from './cache.mjs';
import { command, complaint } from './command.mjs';
import { onPath } from './host.mjs';
import { progress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const NAME = 'tfjs_binding.node';
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const DEFINES = ['-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION', '-std=c++17', '-fPIC'];
const ZIG_RUNTIME = fileURLToPath(new URL('./zig-runtime.cc', import.meta.url));

/**
 * @typedef {object} AddonInput
 * @property {string} root the clone, whose node_modules has the addon's sources and Node-API's headers
 * @property {string} cache
 * @property {number} lock
 * @property {NodeJS.ProcessEnv} env
 * @property {string} tensorflow the installed part
 * @property {() => Promise<string>} bringZig
 */

/** @param {string} root */
const bindingFolder = (root) => path.join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'binding');

/**
 * @param {string} root
 * @param {string} cache
 * @param {string} tensorflow the installed part
 * @returns {string} the addon's folder, named by everything that it is made of
 */
export function addonFolder(root, cache, tensorflow) {
  const hash = createHash('sha256').update(`${path.basename(tensorflow)} ${process.platform} ${DEFINES.join(' ')}`);
  const folder = bindingFolder(root);
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(path.join(folder, file)));
  return path.join(cache, 'addons', hash.update(readFileSync(ZIG_RUNTIME)).digest('hex').slice(0, 16));
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} a C++ compiler on this machine
 */
export async function findCompiler(env) {
  // macOS has a clang++ that only opens an installer's window while the developer tools are missing
  if (process.platform === 'darwin' && (await command('xcode-select', ['-p'])).code !== 0) return undefined;
  return ['g++', 'c++', 'clang++'].map((name) => onPath(name, env)).find((file) => file !== undefined);
}

/**
 * Builds tfjs-node's native addon against the installed TensorFlow, into the cache: with the machine's compiler where
 * that works, else with Zig.
 * @param {AddonInput} input
 * @returns {Promise<string>} the .node file
 * @throws {SetupError} when the addon cannot be built or does not load
 */
export async function bringAddon(input) {
  const target = addonFolder(input.root, input.cache, input.tensorflow);
  const file = path.join(target, NAME);
  if (await isWhole(target)) return file;
  const staged = path.join(input.cache, 'addons', 'staging');
  const compiler = await findCompiler(input.env);
  if (compiler) {
    const said = await progress.part(`the engine's addon (${path.basename(compiler)})`, {}, () =>
      attempt(input, staged, () => withCompiler(input, compiler, staged)),
    );
    if (said === undefined) return publish(staged, target, file);
    progress.note(`      ${compiler} could not build it (${said}): taking Zig instead.`);
  }
  const zig = path.join(await input.bringZig(), 'ziglang', 'zig');
  const said = await progress.part("the engine's addon (Zig)", {}, () =>
    attempt(input, staged, () =>
      process.platform === 'darwin' ? withCompiler(input, zig, staged) : withZig(input, zig, staged),
    ),
  );
  if (said === undefined) return publish(staged, target, file);
  throw new SetupError(
    `The engine's native addon could not be built: ${said}. Install a C++ compiler (g++ or clang++) and run this again.`,
  );
}

/**
 * @param {string} staged
 * @param {string} target
 * @param {string} file
 */
async function publish(staged, target, file) {
  const built = path.join(staged, NAME);
  install(staged, target, [{ path: NAME, size: statSync(built).size, sha256: await sha256(built) }]);
  return file;
}

/**
 * @param {AddonInput} input
 * @param {string} staged
 * @param {() => Promise<import('./command.mjs').Outcome>} build
 * @returns {Promise<string | undefined>} what went wrong, or undefined
 */
async function attempt(input, staged, build) {
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  const built = await build();
  if (built.code !== 0) return complaint(built);
  const check = 'process.stdout.write(String(require(process.argv[1]).TF_Version))';
  const loaded = await command(process.execPath, ['-e', check, path.join(staged, NAME)], { lock: input.lock });
  return loaded.code === 0 && loaded.stdout.startsWith('2.21') ? undefined : `it does not load: ${complaint(loaded)}`;
}

/** @param {AddonInput} input */
const includes = ({ root, tensorflow }) => [
  ...['-I', path.join(root, 'node_modules', 'node-api-headers', 'include')],
  ...['-I', path.join(tensorflow, 'tensorflow', 'include'), '-I', bindingFolder(root)],
];

/** @param {string} tensorflow */
function libraries(tensorflow) {
  const folder = path.join(tensorflow, 'tensorflow');
  const names = readdirSync(folder).filter((name) => name.startsWith('libtensorflow_'));
  return names.map((name) => path.join(folder, name));
}

/**
 * The addon looks for TensorFlow beside itself, so that the cache may be moved.
 * @param {string} tensorflow
 */
function rpath(tensorflow) {
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  return `${origin}/../../parts/${path.basename(tensorflow)}/tensorflow`;
}

/**
 * @param {AddonInput} input
 * @param {string} compiler
 * @param {string} staged
 */
function withCompiler(input, compiler, staged) {
  const driver = path.basename(compiler) === 'zig' ? ['c++'] : [];
  const kind = process.platform === 'darwin' ? ['-dynamiclib', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const sources = SOURCES.map((name) => path.join(bindingFolder(input.root), name));
  const link = [...libraries(input.tensorflow), `-Wl,-rpath,${rpath(input.tensorflow)}`, '-o', path.join(staged, NAME)];
  return command(compiler, [...driver, '-O2', ...DEFINES, ...kind, ...includes(input), ...sources, ...link], {
    lock: input.lock,
    env: zigEnvironment(input, staged),
  });
}

/**
 * Zig for Linux: each source compiled by itself, then its linker called directly, without the C++ library that its
 * driver would first build from source (see zig-runtime.cc).
 * @param {AddonInput} input
 * @param {string} zig
 * @param {string} staged
 */
async function withZig(input, zig, staged) {
  const target = ['-target', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu.2.28`];
  const flags = [
    ...target,
    '-O2',
    ...DEFINES,
    '-fno-exceptions',
    '-fno-rtti',
    '-fvisibility=hidden',
    ...includes(input),
  ];
  const sources = [...SOURCES.map((name) => path.join(bindingFolder(input.root), name)), ZIG_RUNTIME];
  const objects = sources.map((source) => path.join(staged, `${path.basename(source)}.o`));
  const options = { lock: input.lock, env: zigEnvironment(input, staged) };
  const compiled = await Promise.all(
    sources.map((source, index) => command(zig, ['c++', ...flags, '-c', source, '-o', objects[index] ?? ''], options)),
  );
  const failed = compiled.find((outcome) => outcome.code !== 0);
  if (failed) return failed;
  const link = ['-shared', '-o', path.join(staged, NAME), ...objects, ...libraries(input.tensorflow)];
  const linked = await command(zig, ['ld.lld', ...link, '-rpath', rpath(input.tensorflow)], options);
  for (const extra of [...objects, path.join(staged, 'zig-cache')]) rmSync(extra, { recursive: true, force: true });
  return linked;
}

/**
 * @param {AddonInput} input
 * @param {string} staged
 */
const zigEnvironment = (input, staged) => ({
  ...input.env,
  ZIG_GLOBAL_CACHE_DIR: path.join(staged, 'zig-cache'),
  ZIG_LOCAL_CACHE_DIR: path.join(staged, 'zig-cache'),
});
