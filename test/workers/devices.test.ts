import { onFreeDevice } from '../../workers/devices';

/** A device that works on a call until it is told to end, and keeps which calls it got. */
function device(name: string) {
  const calls: string[] = [];
  let end = (_: Error | null): void => undefined;
  return {
    calls,
    end: (error: Error | null = null) => end(error),
    activities: {
      train: (run: string) => {
        calls.push(run);
        return new Promise<string>((resolve, reject) => {
          end = (error) => (error ? reject(error) : resolve(`${run} on ${name}`));
        });
      },
    },
  };
}

test('calls run beside each other, one on each device, and answer for their own', async () => {
  const [a, b] = [device('a'), device('b')];
  const { train } = onFreeDevice([a.activities, b.activities]);
  const [first, second] = [train('x'), train('y')];
  expect([a.calls, b.calls]).toEqual([['y'], ['x']]);
  b.end();
  a.end();
  expect(await Promise.all([first, second])).toEqual(['x on b', 'y on a']);
});

test('the device that became free last is taken first, and one on which a call failed last', async () => {
  const [a, b] = [device('a'), device('b')];
  const { train } = onFreeDevice([a.activities, b.activities]);
  const [onB, onA] = [train('1'), train('2')];
  b.end();
  await onB;
  a.end();
  await onA;
  const third = train('3');
  expect([a.calls, b.calls]).toEqual([['2', '3'], ['1']]);
  a.end(new Error('out of memory'));
  await expect(third).rejects.toThrow('out of memory');
  void train('4');
  expect([a.calls, b.calls]).toEqual([
    ['2', '3'],
    ['1', '4'],
  ]);
});

test('a call too many is an error, and disturbs none of the others', async () => {
  const only = device('only');
  const { train } = onFreeDevice([only.activities]);
  const running = train('1');
  await expect(train('2')).rejects.toThrow('train was asked for while each of the 1 devices is busy');
  only.end();
  expect(await running).toBe('1 on only');
});
