import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Check } from '../../infra/doctor/check';
import { checkCpu, checkMemory } from '../../infra/doctor/machine';
import { startDevStack } from '../../infra/dev-stack/start';
import { root, runNode } from './bootstrap-module';
import { stackUnderTest } from './stack-under-test';

/** A part of the doctor in a process of its own, as the command runs it: set-up's rules are ES modules. */
async function inProcess<T>(module: string, name: string, argument: unknown): Promise<T> {
  const file = JSON.stringify(path.join(root, 'dist', 'infra', 'doctor', module));
  const code = `Promise.resolve(require(${file}).${name}(${JSON.stringify(argument)}))
    .then((result) => process.stdout.write(JSON.stringify(result)))`;
  const { stdout } = await runNode(['-e', code]);
  return JSON.parse(stdout) as T;
}
async function examine(patient: object): Promise<Map<string, Check>> {
  const checks = await inProcess<Check[]>('examine', 'examine', patient);
  return new Map(checks.map((check) => [check.name, check]));
}

test('a machine that is set up, with a stack: every line is well', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'byol-doctor-'));
  const stack = await startDevStack(await stackUnderTest(dataDir));
  try {
    const { temporal, s3, credentials } = stack.info;
    const storage = { ...s3, ...credentials, prefix: '', forcePathStyle: true, checksums: 'when-required' };
    const { address, namespace } = temporal;
    const target = { connectionOptions: { address }, address, namespace };
    const checks = await examine({ dataDir, storage, temporal: target });
    const details = Object.fromEntries([...checks].map(([name, { status, detail }]) => [name, `${status} ${detail}`]));
    expect(details).toMatchObject({
      'npm packages': 'ok as in package-lock.json',
      engine: 'ok TensorFlow 2.21.0',
      's3 server': expect.stringMatching(/^ok SeaweedFS 4\.\d+/) as string,
      temporal: expect.stringMatching(/^ok 1\.\d+\.\d+ at 127\.0\.0\.1:\d+, namespace default/) as string,
      'search attributes': expect.stringMatching(/^ok ByolExperiment/) as string,
      bucket: expect.stringMatching(/^ok .*honours conditional writes/) as string,
    });
    const wrong = await examine({ dataDir, storage: { ...storage, secretAccessKey: 'x'.repeat(30) } });
    expect(wrong.get('bucket')).toMatchObject({
      status: 'fail',
      remedy: expect.stringContaining('AWS credentials') as string,
    });
    expect(wrong.get('temporal')).toMatchObject({
      status: 'warn',
      remedy: expect.stringContaining('byol up') as string,
    });
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true });
  }
});

test('a server that is down is a failed line with a remedy', async () => {
  const address = '127.0.0.1:9';
  const target = { connectionOptions: { address }, address, namespace: 'default' };
  const temporal = (await examine({ dataDir: tmpdir(), temporal: target })).get('temporal');
  expect(temporal).toMatchObject({ status: 'fail', remedy: expect.stringContaining('TEMPORAL_ADDRESS') as string });
  expect(temporal?.detail).toMatch(/^no answer from 127\.0\.0\.1:9/);
});

test('the CPU features that matter', async () => {
  expect((await checkCpu('fpu avx2 avx512f avx512_bf16 amx_tile amx_bf16')).detail).toMatch(
    /AVX2, AVX-512, bf16, AMX.*bf16 is fast here/,
  );
  expect(await checkCpu('fpu avx2')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('precision=auto takes fp32') as string,
  });
  expect(checkMemory(2e9)).toMatchObject({ status: 'warn', remedy: expect.stringContaining('4 GB') as string });
});

test("node's version is judged by the rule of set-up", async () => {
  const check = (version: string) => inProcess<Check>('machine', 'checkNode', version);
  expect(await check('22.3.0')).toEqual({ name: 'node', status: 'ok', detail: '22.3.0' });
  for (const version of ['18.1.0', '20.18.3', '21.7.0']) {
    expect(await check(version)).toMatchObject({ status: 'fail', remedy: 'Install node 22 or 24.' });
    expect((await check(version)).detail).toContain('needs node 20.19 or later, 22 or 24');
  }
});
