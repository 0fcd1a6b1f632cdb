import { augmentationGap } from '../../../report/findings/augmentation';
import { sampleResults } from '../sample-results';
import { blur, warnings, withClassifier } from './examined';

test('views that hold more than the classifier is given are told by name', () => {
  expect(warnings(sampleResults())).toContain(
    "Pretraining's views hold operations that classifier.augment lacks (gaussian-blur): part of the difference may be the augmentation's",
  );
  expect(warnings(withClassifier({ augment: [{ ...blur, p: 0.1 }] }))).toContain(
    'that classifier.augment has in a milder form (gaussian-blur)',
  );
  expect(warnings(withClassifier({ augment: [blur] }))).not.toContain('classifier.augment');
});

test('views by name are read as what they stand for; what is never drawn is not missed', () => {
  const results = withClassifier({ augment: [blur] });
  const { spec } = results;
  const named = (views: 'byol' | 'simclr') =>
    warnings({ ...results, spec: { ...spec, pretraining: { ...spec.pretraining, views } } });
  expect(named('byol')).toContain(
    'lacks (random-resized-crop, horizontal-flip, color-jitter, grayscale and solarize) or has in a milder form (gaussian-blur)',
  );
  expect(named('simclr')).not.toContain('solarize');
  const never = {
    ...spec.pretraining,
    views: { first: [{ op: 'solarize' as const, p: 0, threshold: 0.5 }], second: [] },
  };
  expect(warnings({ ...results, spec: { ...spec, pretraining: never } })).not.toContain('classifier.augment');
});

test('a baseline that is trained on one of two different views sees as much as that: nothing is missed', () => {
  const { spec } = withClassifier({ augment: [{ ...blur, p: 0.1 }] });
  const views = { first: [{ ...blur, p: 1 }], second: [{ ...blur, p: 0.1 }] };
  const pretrained = { ...spec, pretraining: { ...spec.pretraining, views } };
  expect(warnings({ ...sampleResults(), spec: pretrained })).not.toContain('classifier.augment');
  const bare = { ...pretrained, pretraining: { ...pretrained.pretraining, views: { ...views, second: [] } } };
  const unaugmented = { ...bare, classifier: { ...spec.classifier, augment: [] } };
  expect(warnings({ ...sampleResults(), spec: unaugmented })).toContain('lacks (gaussian-blur)');
  expect(warnings({ ...sampleResults(), spec: bare })).toContain('in a milder form (gaussian-blur)');
  const milder = { ...pretrained, classifier: { ...spec.classifier, augment: [{ ...blur, p: 0.05 }] } };
  expect(warnings({ ...sampleResults(), spec: milder })).toContain('in a milder form (gaussian-blur)');
});

test('one kind of crop does for the other as far as it reaches', () => {
  const plain = {
    op: 'random-resized-crop' as const,
    scale: [0.2, 1] as [number, number],
    ratio: [1, 1] as [number, number],
  };
  const affine = { ...plain, op: 'random-affine-crop' as const, degrees: 20, shear: 0 };
  expect(augmentationGap([plain], [affine])).toEqual({ lacking: [], milder: [] });
  expect(augmentationGap([affine], [plain])).toEqual({ lacking: [], milder: ['random-affine-crop'] });
  expect(augmentationGap([plain], [{ ...plain, scale: [0.5, 1] }]).milder).toEqual(['random-resized-crop']);
  expect(augmentationGap([plain], [])).toEqual({ lacking: ['random-resized-crop'], milder: [] });
});
