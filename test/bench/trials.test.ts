import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs bench/pytorch/trials.py with candidates whose rates come in this order. The one named kept has had 100 before. @returns the fastest's name, tries of each */
function tried(rates: Record<string, number[]>): {
  fastest: string | null;
  tries: Record<string, number>;
  near: string[];
} {
  const program = `
import json, sys
from trials import fastest, near_the_fastest

class Candidate:
    def __init__(self, name, rates):
        self.name, self.rates, self.tries = name, rates, 0
        self.value = 100.0 if name == "kept" else 0.0
    def try_once(self):
        self.value = max(self.value, self.rates[self.tries])
        self.tries += 1

candidates = [Candidate(*each) for each in json.loads(sys.argv[1]).items()]
best = fastest(candidates)
near = near_the_fastest(candidates)
print(json.dumps({"fastest": best and best.name, "tries": {each.name: each.tries for each in candidates}, "near": [each.name for each in near]}))
`;
  const folder = join(__dirname, '..', '..', '..', 'bench', 'pytorch');
  const printed = execFileSync('python3', ['-c', program, JSON.stringify(rates)], {
    env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
  });
  return JSON.parse(printed) as ReturnType<typeof tried>;
}

test('a configuration whose first trial was disturbed is tried again, and the fastest is found', () => {
  expect(tried({ plain: [100, 100, 100], disturbed: [80, 80, 120], slow: [20, 200, 200] })).toMatchObject({
    fastest: 'disturbed',
    tries: { plain: 3, disturbed: 3, slow: 1 },
  });
});

test('beside one that was measured before, new ones are tried too', () => {
  expect(tried({ kept: [100, 100, 100], better: [120, 120, 120] })).toMatchObject({
    fastest: 'better',
    tries: { kept: 3, better: 3 },
  });
});

test('of none there is no fastest; one alone is', () => {
  expect(tried({}).fastest).toBeNull();
  expect(tried({ only: [1, 2, 3] }).fastest).toBe('only');
});

test('what is within a tenth of the fastest is measured beside it, fastest first, three at most', () => {
  const same = (rate: number) => [rate, rate, rate];
  expect(tried({ far: same(88), first: same(100) }).near).toEqual(['first']);
  expect(tried({ near: same(91), first: same(100) }).near).toEqual(['first', 'near']);
  expect(tried({ a: same(96), b: same(97), c: same(98), d: same(99) }).near).toEqual(['d', 'c', 'b']);
  expect(tried({}).near).toEqual([]);
});
