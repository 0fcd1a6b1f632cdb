import { nextName, startLine, startLines } from '../../experiment/start-line';

test('a name that follows another', () => {
  expect(nextName('mnist')).toBe('mnist-2');
  expect(nextName('mnist-2')).toBe('mnist-3');
  expect(nextName('m'.repeat(63))).toHaveLength(59);
});

test('a command line that a shell reads back', () => {
  expect(startLine('spec.yaml', ['name=a', 'seeds=[1,2]', "description=it's"])).toBe(
    `byol start spec.yaml name=a 'seeds=[1,2]' 'description=it'\\''s'`,
  );
});

test('commands of several steps can all be typed: each has a name of its own', () => {
  const steps = [{ settings: ['seeds=4'] }, { settings: [] }, { settings: ['precision=bf16'] }];
  expect(startLines('spec.yaml', 'trees-2', steps)).toEqual([
    'byol start spec.yaml name=trees-3 seeds=4',
    null,
    'byol start spec.yaml name=trees-4 precision=bf16',
  ]);
});
