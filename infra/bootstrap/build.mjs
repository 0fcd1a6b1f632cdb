// @ts-check
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from './cache.mjs';
import { command } from './command.mjs';
import { progress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const BUNDLER = fileURLToPath(new URL('./bundle-workflows.mjs', import.meta.url));

/** @param {string} root @returns {string[]} the folders that tsc compiles */
const compiledFolders = (root) => JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8')).include;

/**
 * @param {string} root
 * @param {string[]} folders
 * @returns {string} the hash of all TypeScript in these folders and of what decides how it is compiled
 */
function sourcesHash(root, folders) {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'package-lock.json']) hash.update(readFileSync(path.join(root, file)));
  for (const folder of folders) {
    if (!existsSync(path.join(root, folder))) continue;
    const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /\.(ts|json)$/.test(name)).sort()) {
      const content = readFileSync(path.join(root, folder, file));
      hash.update(`${folder}/${file} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}

/** @param {string} root @returns {boolean} whether every source has been compiled to something, whatever that is */
function hasOutputs(root) {
  return compiledFolders(root).every((folder) => {
    if (!existsSync(path.join(root, folder))) return true;
    const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
    return sources.every((name) => existsSync(path.join(root, 'dist', folder, name.replace(/\.ts$/, '.js'))));
  });
}

/** @param {string} file */
const content = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** @param {string} root */
function stamps(root) {
  const dist = path.join(root, 'dist');
  const sources = { file: path.join(dist, '.built'), hash: sourcesHash(root, compiledFolders(root)) };
  const bundle = { file: path.join(dist, '.bundled'), hash: sourcesHash(root, ['workflows', 'experiment']) };
  return { sources, bundle };
}

/** @param {string} root @returns {boolean} whether dist/ is what the sources compile to */
export function buildMatches(root) {
  const { sources, bundle } = stamps(root);
  const bundled =
    !existsSync(path.join(root, 'workflows', 'index.ts')) || existsSync(path.join(root, 'dist', 'workflow-bundle.js'));
  const linked = lstatSync(commandLink(root), { throwIfNoEntry: false }) !== undefined; // not after the user's own npm ci
  return (
    bundled &&
    linked &&
    hasOutputs(root) &&
    content(sources.file) === sources.hash &&
    content(bundle.file) === bundle.hash
  );
}

/**
 * Compiles the TypeScript when it changed, and bundles the workflows when they did.
 * @param {string} root
 * @param {number} lock
 * @throws {SetupError} when it does not compile
 */
export async function build(root, lock) {
  const { sources, bundle } = stamps(root);
  const whole = hasOutputs(root);
  if (!whole || content(sources.file) !== sources.hash) {
    // what tsc remembers is not true of a compilation that was killed, or whose files were deleted
    if (!whole || !existsSync(sources.file)) rmSync(path.join(root, 'dist', '.tsbuildinfo'), { force: true });
    rmSync(sources.file, { force: true });
    await progress.part('compiling TypeScript', {}, () => compile(root, lock));
    removeOrphans(root);
    writeWhole(sources.file, sources.hash);
  }
  linkCommand(root);
  const entry = path.join(root, 'dist', 'workflows', 'index.js');
  const output = path.join(root, 'dist', 'workflow-bundle.js');
  if (content(bundle.file) === bundle.hash && (existsSync(output) || !existsSync(entry))) return;
  if (existsSync(entry))
    await progress.part('bundling the workflows', {}, () => bundleWorkflows(root, lock, entry, output));
  writeWhole(bundle.file, bundle.hash);
}

/**
 * @param {string} root
 * @param {number} lock
 */
async function compile(root, lock) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = await command(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, lock });
  if (compiled.code === 0) return;
  const lines = compiled.stdout.split('\n').filter((line) => line.trim());
  const more = lines.length > 20 ? `\n... and ${lines.length - 20} lines more` : '';
  throw new SetupError(
    `The TypeScript sources do not compile ("npm run build" shows it all):\n${lines.slice(0, 20).join('\n')}${more}`,
  );
}

/** @param {string} root */
function removeOrphans(root) {
  for (const folder of compiledFolders(root)) {
    const output = path.join(root, 'dist', folder);
    if (!existsSync(output)) continue;
    for (const file of readdirSync(output, { recursive: true, encoding: 'utf8' })) {
      if (!/\.js(\.map)?$/.test(file)) continue; // a test file that was renamed must not run under its old name
      const source = path.join(root, folder, file.replace(/\.js(\.map)?$/, '.ts'));
      if (!existsSync(source)) rmSync(path.join(output, file), { force: true });
    }
  }
}

/** @param {string} root */
const commandLink = (root) => path.join(root, 'node_modules', '.bin', 'byol');

/**
 * Makes `npx byol` find the command: npm links the commands of dependencies, not those of the project itself.
 * @param {string} root
 */
function linkCommand(root) {
  const main = path.join(root, 'dist', 'cli', 'main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
  const link = commandLink(root);
  if (lstatSync(link, { throwIfNoEntry: false })) return;
  mkdirSync(path.dirname(link), { recursive: true });
  symlinkSync('../../dist/cli/main.js', link);
}

/**
 * @param {string} root
 * @param {number} lock
 * @param {string} entry
 * @param {string} output
 */
async function bundleWorkflows(root, lock, entry, output) {
  const bundled = await command(process.execPath, [BUNDLER, entry, output], { cwd: root, lock });
  if (bundled.code !== 0) throw new SetupError(`The workflows could not be bundled:\n${bundled.stderr.trim()}`);
}
