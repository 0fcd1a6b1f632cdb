import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byol, emptyHome } from './byol';

/** Where Temporal and storage are, from the environment and from files; each refusal is one paragraph with its exit code. */
describe('settings', () => {
  const withConfig = (toml: string) => {
    const environment = emptyHome();
    const folder = join(environment['HOME']!, '.config', 'durable-byol');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.toml'), toml);
    return environment;
  };

  test('without any, says how to start a stack or name a server', async () => {
    const { code, stderr } = await byol(['list'], emptyHome());
    expect(stderr).toMatch(/No Temporal server is named, .*"byol up".*TEMPORAL_ADDRESS/);
    expect(code).toBe(3);
  });

  test('in a clone, where npm runs it, commands are shown as they can be typed', async () => {
    const { stderr } = await byol(['list'], { ...emptyHome(), npm_execpath: '/somewhere/npm-cli.js' });
    expect(stderr).toContain('"npx byol up"');
  });

  test('a server without a bucket is refused', async () => {
    const { code, stderr } = await byol(['list'], { ...emptyHome(), TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(stderr).toContain('A Temporal server is named, but no bucket: set BYOL_BUCKET');
    expect(code).toBe(2);
  });

  test('a server that does not answer is named', async () => {
    const where = { TEMPORAL_ADDRESS: '127.0.0.1:1', BYOL_BUCKET: 'mine' };
    const { code, stderr } = await byol(['list'], { ...emptyHome(), ...where });
    expect(stderr).toMatch(/No Temporal server answers at 127\.0\.0\.1:1 .*"byol up"/);
    expect(code).toBe(3);
  });

  test.each([
    ['broken', '[storage]\nbucket = "a\n', /config\.toml, line 2, column \d+\)/],
    ['an unknown key', '[storage]\nbukket = "a"\n', /"bukket" under \[storage\] in .*Did you mean bucket\?/],
    ['an unknown section', '[storag]\nbucket = "a"\n', /"storag" in .*Did you mean \[storage\]\?/],
    ['a bucket that is no bucket', '[storage]\nbucket = "A b"\n', /bucket \(BYOL_BUCKET\): use 3 to 63/],
  ])('a config file that is %s is explained', async (_, toml, sentence) => {
    const { code, stderr } = await byol(['list'], { ...withConfig(toml), TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
  });

  test('the environment wins over the config file', async () => {
    const environment = { ...withConfig('[storage]\nbucket = "of-the-file"\n'), TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { stderr } = await byol(['list'], { ...environment, BYOL_BUCKET: 'A b' });
    expect(stderr).toContain('bucket (BYOL_BUCKET)');
  });

  test("Temporal's own file without a profile is explained", async () => {
    const environment = emptyHome();
    const path = join(environment['HOME']!, 'temporal.toml');
    writeFileSync(path, 'address = "localhost:7233"\n');
    const { code, stderr } = await byol(['list'], { ...environment, TEMPORAL_CONFIG_FILE: path });
    expect(stderr).toContain('[profile.default]');
    expect(code).toBe(2);
  });
});
