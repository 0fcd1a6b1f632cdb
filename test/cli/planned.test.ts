import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { parse } from 'yaml';
import { parseSpec } from '../../experiment/resolve';
import { experimentSpec } from '../../storage/keys';
import { fakeActivities } from '../workflows/fake-activities';
import { withWorkers } from '../workflows/run';
import { byol } from './byol';
import { useServers } from './servers';

/** `byol start data=...` against real servers and workflows; the worker's figures are fake, so the plan is known. */
const on = useServers();
beforeAll(() => writePhotos(join(on.environment['HOME']!, 'My Photos')));

/** Three classes of 40 images of 90 x 70 pixels, and what is no image. */
async function writePhotos(folder: string): Promise<void> {
  for (const [at, name] of ['ash', 'elm', 'oak'].entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let number = 0; number < 40; number++) {
      const background = { r: 80 * at, g: 6 * number, b: 100 };
      const image = sharp({ create: { width: 90, height: 70, channels: 3, background } });
      writeFileSync(join(folder, name, `${number}.png`), await image.png().toBuffer());
    }
    writeFileSync(join(folder, name, 'notes.txt'), 'not an image');
  }
}

async function run(...args: string[]) {
  const { activities } = fakeActivities();
  const speed = {
    devices: 1,
    pretraining: 1000,
    classifier: { supervised: 2000, 'linear-probe': 4000, 'fine-tuned': 2000 },
    prediction: 5000,
    secondsToLoad: 2,
    secondsToSave: 0.1,
  };
  const measuring = { ...activities, measureSpeed: () => Promise.resolve(speed) };
  return withWorkers(on.temporal, measuring, () => byol(['start', ...args], on.environment));
}

test('--plan says what it would do and why, as a spec to copy, and starts nothing', async () => {
  const { stdout, stderr, code } = await run('data=My Photos', 'seeds=[5,6,7]', '--plan');
  expect(stderr).toContain('Measuring');
  expect(stderr).not.toContain('running');
  expect(code).toBe(0);
  for (const part of [
    /dataset\.size +│ 64 x 64, colour +│ the images' shorter side is about 70 pixels/,
    /seeds +│ 5, 6, 7 +│ you set it/,
    // The worker has two devices, and each is measured beside the other.
    /About .* on a CPU with 2 cores \(2 trainings at once\):\n/,
    / {2}pretraining {2}\d+ \w+ +\d+ epochs for each of 3 seeds, 2,000 images\/s in fp32\n/,
    / {2}classifiers {2}\d+ \w+ +each seed, arm and number of labels/,
    / {2}the rest {5}\d+ \w+ +reading the images, loading programs/,
    // 120 images, of which a share is set aside of each class: how that is rounded the plan does not know.
    /of about \d+ outside of validation \(about \d+\), in/,
  ])
    expect(stdout).toMatch(part);
  const yaml = stdout.slice(stdout.indexOf('\nname:'));
  const spec = parseSpec(parse(yaml));
  expect(spec).toMatchObject({
    name: 'my-photos',
    dataset: { kind: 'images', source: join(on.environment['HOME']!, 'My Photos'), size: 64 },
    seeds: [5, 6, 7],
  });
  expect(spec.description).toContain('Planned by: byol start data=My Photos seeds=[5,6,7]');
  await expect(on.temporal.client.workflow.getHandle('my-photos').describe()).rejects.toThrow(/not found/i);
});

test('few images are told before anything is trained, and so is what the speed was measured beside', async () => {
  const { client } = on.temporal;
  const busy = await client.workflow.start('experiment', { workflowId: 'busy', taskQueue: 'nobody', args: [] });
  const { stderr } = await run('data=My Photos', '--plan');
  expect(stderr).toMatch(/Note: About 24 images to test on: .* known to \d+\.\d points either way/);
  expect(stderr).toContain('Another experiment is running (busy)');
  await busy.terminate();
});

test('it runs what it planned, keeps the spec, and joins it the next time', async () => {
  const first = await run('data=My Photos', 'name=planned', 'time=30m', '--no-wait');
  expect(first.stdout).toContain('Started "planned".');
  expect(first.code).toBe(0);
  const stored = parseSpec(JSON.parse((await on.store.get(experimentSpec('planned'))).toString()));
  expect(stored.seeds).toHaveLength(5);
  const again = await run('data=My Photos', 'name=planned', '--no-wait');
  expect(again.stdout).toContain(
    '"planned" was planned before; its settings stand, and so do the images that it was started with. For a new plan, or ' +
      'for images that changed: name=planned-2.',
  );
  expect(again.stderr).not.toContain('Measuring');
  expect(again.code).toBe(0);
  const worded = await run('data=My Photos', 'name=planned', 'description=Other words', '--no-wait');
  expect(worded).toMatchObject({ code: 0, stdout: expect.stringContaining('its settings stand') as string });
  const other = await run('data=My Photos', 'name=planned', 'seeds=[1]', '--no-wait');
  expect(other.stderr).toMatch(
    /There is an experiment "planned" already, with other settings.*seeds: \[1,2,3,4,5\] -> \[1\]/s,
  );
  expect(other.code).toBe(2);
});

test('a time that is too short is refused with the least that works', async () => {
  const { stderr, code } = await run('data=My Photos', 'name=short', 'time=5s');
  expect(code).toBe(2);
  const least = /Give time=(\w+) or more/.exec(stderr)?.[1] as string;
  expect((await run('data=My Photos', 'name=short', `time=${least}`, '--plan')).code).toBe(0);
});

test.each<[string, string[], RegExp]>([
  [
    'nothing there',
    ['data=photoz'],
    /data=photoz is neither a path that is there nor a dataset known by name.*By name: mnist,/s,
  ],
  ['a slip of the pen', ['data=cifar-10'], /Did you mean cifar10/],
  ['no length of time', ['data=My Photos', 'time=soon'], /time=soon is no length of time/],
  ['a setting that is none', ['data=My Photos', 'sedes=[1]'], /sedes is not a setting\. Did you mean seeds/],
  ['settings without data', ['time=20m'], /nothing that it is a setting of/],
  ['--plan with a preset', ['mnist-quickstart', '--plan'], /--plan is for data=/],
  ['a folder without images', ['data=empty'], /No image was found in/],
])('%s is told', async (_name, args, sentence) => {
  mkdirSync(join(on.environment['HOME']!, 'empty'), { recursive: true });
  const { stderr, code } = await run(...args);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stderr).not.toContain('Measuring');
  expect(code).toBe(2);
});
