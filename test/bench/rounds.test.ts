import { cases, type Case } from '../../bench/cases';
import { measureInTurns } from '../../bench/rounds';
import { bothSides, type BenchContext, type Side, type Stage } from '../../bench/stages/stage';

/** A stage of two sides that measure these values, with what they did in order. */
function stageOf(ours: number[], theirs: number[] | null) {
  const order: string[] = [];
  const side = (name: string, values: number[]): Side => ({
    measure: () => (order.push(name), Promise.resolve(values.shift() as number)),
    close: () => (order.push(`${name} closes`), Promise.resolve()),
  });
  const stage: Stage = {
    ...{ name: 'step', title: 'a step', unit: 'images/s', better: 'more', of: () => true },
    open: () => Promise.resolve({ ours: side('ours', ours), peer: theirs && side('peer', theirs) }),
  };
  return { stage, order };
}

const context = {} as BenchContext;
const each = cases[0] as Case;

test('both sides take turns, each begins in every other round, and ratios are of one round', async () => {
  const { stage, order } = stageOf([10, 20, 60], [5, 20, 20]);
  const made = await measureInTurns(stage, each, context, 3);
  expect(order).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer', 'ours closes', 'peer closes']);
  expect(made).toMatchObject({
    ours: { median: 20, min: 10, max: 60 },
    peer: { median: 20, min: 5, max: 20 },
    ratio: { median: 2, min: 1, max: 3 },
  });
});

test('where PyTorch has nothing of the kind, ours is measured alone', async () => {
  const { stage, order } = stageOf([10, 20], null);
  expect(await measureInTurns(stage, each, context, 2)).toMatchObject({ peer: null, ratio: null });
  expect(order).toEqual(['ours', 'ours', 'ours closes']);
});

test('a side that fails does not leave the other open', async () => {
  const { stage, order } = stageOf([10], [5]);
  const opened = await stage.open(context, each);
  const broken = { ...opened, peer: { ...(opened.peer as Side), measure: () => Promise.reject(new Error('gone')) } };
  await expect(measureInTurns({ ...stage, open: () => Promise.resolve(broken) }, each, context, 1)).rejects.toThrow(
    'gone',
  );
  expect(order).toEqual(['ours', 'ours closes', 'peer closes']);
});

test("where PyTorch's side cannot be opened, ours does not stay open, and the reason is PyTorch's", async () => {
  const order: string[] = [];
  const ours: Side = {
    measure: () => Promise.resolve(1),
    close: () => (order.push('ours closes'), Promise.reject(new Error('again'))),
  };
  await expect(bothSides(Promise.resolve(ours), () => Promise.reject(new Error('no torch')))).rejects.toThrow(
    'no torch',
  );
  expect(order).toEqual(['ours closes']);
});
