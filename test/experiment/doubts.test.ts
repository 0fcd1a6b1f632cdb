import { doubtsOf } from '../../experiment/doubts';
import { presets } from '../../experiment/presets';
import { parseSpec } from '../../experiment/resolve';

const doubts = (optimizer: object, learningRate: number, classifier: object = { name: 'adam' }) => {
  const { spec } = presets['mnist-quickstart']!;
  return doubtsOf(
    parseSpec({
      ...spec,
      pretraining: { ...spec.pretraining, optimizer, learningRate },
      classifier: { ...spec.classifier, optimizer: classifier },
    }),
  ).join('\n');
};

test.each(['adam', 'adamw'])("%s at the paper's rate for LARS, which collapses (B6)", (name) => {
  expect(doubts({ name }, 0.2)).toMatch(/0\.2 is high for Adam/);
  expect(doubts({ name }, 1e-3)).toBe('');
});

test("LARS at a rate of Adam's hardly moves", () => {
  expect(doubts({ name: 'lars' }, 3e-4)).toContain('0.0003 is low for LARS');
  expect(doubts({ name: 'lars' }, 0.2)).toBe('');
  expect(doubts({ name: 'lars', trust: 1 }, 3e-4)).toBe('');
});

test('exclusions without a weight decay do nothing, where they were asked for', () => {
  const exclude = ['biases'];
  expect(doubts({ name: 'adam', exclude }, 1e-3)).toContain('pretraining.optimizer.exclude has no effect');
  expect(doubts({ name: 'adam' }, 1e-3, { name: 'sgd', exclude })).toContain(
    'classifier.optimizer.exclude has no effect',
  );
  expect(doubts({ name: 'adam', exclude, weightDecay: 1e-4 }, 1e-3)).toBe('');
  expect(doubts({ name: 'adamw', weightDecay: 0 }, 1e-3)).toBe('');
});
