import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerPackages, peerPython, PeerSetupError, pipError } from '../../bench/peer/python';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'byol-bench-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that stands for a Python. */
function program(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const never = (line: string) => {
  throw new Error(`said ${line}`);
};

test('BYOL_BENCH_PYTHON is taken as it is, and nothing is set up', async () => {
  const python = program('good', 'exit 0');
  const found = await peerPython({ BYOL_BENCH_PYTHON: python, BYOL_CACHE_DIR: folder }, never);
  expect(found.path).toBe(python);
});

test('one that has no PyTorch, or is not there, is refused with what it said', async () => {
  const python = program(
    'bare',
    'echo "Traceback" >&2; echo "ModuleNotFoundError: No module named \'kornia\'" >&2; exit 1',
  );
  const refused = peerPython({ BYOL_BENCH_PYTHON: python, BYOL_CACHE_DIR: folder }, never);
  await expect(refused).rejects.toThrow(PeerSetupError);
  await expect(refused).rejects.toThrow(`BYOL_BENCH_PYTHON names ${python}`);
  await expect(refused).rejects.toThrow("No module named 'kornia'");
  const absent = peerPython({ BYOL_BENCH_PYTHON: join(folder, 'none'), BYOL_CACHE_DIR: folder }, never);
  await expect(absent).rejects.toThrow(/ENOENT/);
});

test('where pip cannot, one paragraph says which versions, why, and what to do', () => {
  const network = pipError({ code: 1, output: 'WARNING: Retrying\nERROR: Could not connect\nnote: this\n' }).message;
  expect(network).toContain(`torch==${peerPackages.torch}`);
  expect(network).toContain(': Could not connect. Check the network');
  const python = 'ERROR: Could not find a version\nERROR: No matching distribution found for torch==2.15.0';
  expect(pipError({ code: 1, output: python }).message).toMatch(
    /torch==2\.15\.0\. This python may be too new or too old/,
  );
  expect(network).not.toContain('\n');
});
