import { intraThreads } from '../../../activities/machine/threads';
import { programOf } from '../../../bench/engine-program';
import { cases, type Case } from '../../../bench/cases';

const of = (name: string) => cases.find((each) => each.name === name) as Case;
const machine = { cores: 16, devices: 2 };

test("a small network's operations are not shared among threads, however many cores there are", () => {
  for (const what of ['byol', 'supervised'] as const)
    expect(intraThreads(programOf(of('resnet-mini-28-b32-fp32'), what, true), machine)).toBe(1);
});

test('a large one has half of the cores for each view, or the share of its device where there is one chain of layers', () => {
  const byol = programOf(of('resnet18-96-b64-fp32'), 'byol', true);
  const classifier = programOf(of('resnet18-96-b64-fp32'), 'supervised', true);
  expect(intraThreads(byol, machine)).toBe(8);
  expect(intraThreads(byol, { cores: 1, devices: 1 })).toBe(1);
  expect(intraThreads(classifier, machine)).toBe(8);
  expect(intraThreads(classifier, { cores: 2, devices: 1 })).toBe(2);
  expect(intraThreads(classifier, { cores: 2, devices: 2 })).toBe(1);
  expect(intraThreads(classifier, 3)).toBe(3);
});
