import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readSettings } from '../../workers/settings';

const root = path.join(__dirname, '..', '..', '..');
const file = path.join(root, 'infra', 'compose.yaml');

/** Docker's own client is not needed: dclint has the Compose Specification's JSON Schema. */
function lint(composeFile: string) {
  const main = path.join(root, 'node_modules', 'dclint', 'bin', 'dclint.cjs');
  return spawnSync(process.execPath, [main, composeFile, '--no-color', '--quiet'], { encoding: 'utf8' });
}

const service = z.object({
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.unknown()).default({}),
  volumes: z.array(z.string()).default([]),
});
const compose = () =>
  z.object({ services: z.record(z.string(), service) }).parse(parse(readFileSync(file, 'utf8'), { merge: true }));

describe('infra/compose.yaml', () => {
  test('is valid by the Compose Specification', () => {
    const { status, stdout, stderr } = lint(file);
    expect(`${stdout}${stderr}`.trim()).toBe('');
    expect(status).toBe(0);
  });

  test('the tool that says so refuses a misspelt key', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'byol-compose-'));
    const bad = path.join(folder, 'compose.yaml');
    writeFileSync(bad, readFileSync(file, 'utf8').replace('restart: unless-stopped', 'restrat: unless-stopped'));
    const { status, stdout } = lint(bad);
    rmSync(folder, { recursive: true });
    expect(status).not.toBe(0);
    expect(stdout).toContain('invalid-schema');
  });

  test('publishes ports on the loopback interface alone, and has no secret in it', () => {
    const services = Object.values(compose().services);
    const ports = services.flatMap((each) => each.ports);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    const secrets = services
      .flatMap((each) => Object.entries(each.environment))
      .filter(([name]) => /SECRET|KEY|PASSWORD|PWD/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+:\?.+\}$/);
  });

  test('runs both workers, pins every image, and makes no bucket by a misspelt name', () => {
    const { services } = compose();
    expect(services['worker-cpu']?.command).toEqual(['node', 'dist/workers/cpu.js']);
    expect(services['worker-gpu']?.command).toEqual(['node', 'dist/workers/gpu.js']);
    for (const { image } of Object.values(services)) if (image !== undefined) expect(image).toMatch(/:\d+\.\d+/);
    expect(services['storage']?.command).toContain('-s3.autoCreateBucket=false');
    expect(services['worker-gpu']?.environment['BYOL_BUCKET']).toBe('byol');
    expect(Object.keys(services['worker-gpu']?.depends_on ?? {})).toEqual(['temporal', 'storage']);
  });

  test("the workers' scratch lies on a volume that is theirs", async () => {
    const finalStage =
      readFileSync(path.join(root, 'infra', 'Dockerfile'), 'utf8')
        .split(/^FROM /m)
        .at(-1) ?? '';
    const variables = [...finalStage.matchAll(/^ENV (.*)$/gm)].flatMap(([, line]) => line!.split(/\s+/));
    const image = Object.fromEntries(variables.map((each) => each.split('=') as [string, string]));
    expect(finalStage).toContain('\nUSER node\n');
    expect(finalStage).toContain('chown node:node /home/node/.cache');
    for (const name of ['worker-cpu', 'worker-gpu']) {
      const { environment = {}, volumes = [] } = compose().services[name] ?? {};
      expect(volumes).toEqual(['scratch:/home/node/.cache']);
      const home = { XDG_CACHE_HOME: '/home/node/.cache', XDG_CONFIG_HOME: '/nonexistent' }; // what HOME comes to
      const { cache } = await readSettings({ ...home, ...image, ...environment });
      expect(cache).toBe('/home/node/.cache/durable-byol/worker');
    }
  });
});
