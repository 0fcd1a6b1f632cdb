import { budgetTable } from '../../cli/budget-table';
import { answerOf } from '../../report/answer';
import { budgetRows } from '../../report/budget-rows';
import { fullResults, probeOnly, sampleResults } from '../report/sample-results';

const drawn = (accuracies: Parameters<typeof sampleResults>[0]) =>
  budgetTable(budgetRows(answerOf(sampleResults(accuracies)).budgets));

test('mean and deviation of both arms, the gain with its interval, and every gain', () => {
  const table = drawn({ 50: { supervised: [0.7, 0.72, 0.74], 'fine-tuned': [0.8, 0.9, 0.85] } });
  expect(table).toMatch(
    /50 .* 72\.0% ± 2\.0 .* 85\.0% ± 5\.0 .* \+13\.0 .* \+2\.2 to \+23\.8 .* \+10\.0 \+18\.0 \+11\.0/,
  );
});

test('one seed has no interval, and says so', () => {
  expect(drawn({ 100: { supervised: [0.9], 'fine-tuned': [0.85] } })).toMatch(/100 .* \u22125\.0 .* one seed: none/);
});

test('an arm has a column where it was run, and the gain says whose it is', () => {
  const head = (results: Parameters<typeof answerOf>[0]) => budgetTable(budgetRows(answerOf(results).budgets));
  expect(head(fullResults())).toMatch(
    /supervised .* BYOL, linear probe .* BYOL, fine-tuned .* gain[\s\S]*Gain: fine-tuned/,
  );
  expect(head(probeOnly())).toMatch(/linear probe[\s\S]* 90\.8% ± 0\.8 .* \+13\.6 [\s\S]*Gain: linear probe minus/);
  expect(head(probeOnly())).not.toContain('fine-tuned');
});
