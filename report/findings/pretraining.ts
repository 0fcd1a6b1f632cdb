import { collapseOf, diverged } from '../../experiment/collapse';
import type { ExperimentResults } from '../results';
import { listed } from '../wording';
import type { Finding } from './finding';

export const seedsNamed = (seeds: number[]): string =>
  `${seeds.length === 1 ? 'seed' : 'seeds'} ${listed(seeds.map(String))}`;

/** Whether the encoder is of use: one that collapsed or diverged forbids any answer. */
export function pretrainingFindings({ spec, pretraining, dataset }: ExperimentResults): Finding[] {
  if (spec.pretraining.epochs === 0)
    return [
      {
        level: 'invalid',
        about: 'pretraining',
        text: 'No pretraining was done (0 epochs in the spec): every arm starts from fresh weights, and their difference says nothing about BYOL.',
      },
    ];
  const ends = pretraining.flatMap(({ seed, epochs }) => {
    const end = epochs[epochs.length - 1];
    return end ? [{ seed, ...end }] : [];
  });
  const broken = ends.filter(diverged);
  const collapsed = pretraining.flatMap(({ seed, epochs }) => {
    const collapse = broken.some((end) => end.seed === seed)
      ? null
      : collapseOf(epochs, spec.pretraining.epochs, dataset.classes.length);
    return collapse ? [{ seed, ...collapse }] : [];
  });
  const unmeasured = ends.filter((end) => end.spread === undefined);
  const findings: Finding[] = [];
  if (broken.length > 0)
    findings.push({
      level: 'invalid',
      about: 'pretraining',
      text: `Pretraining diverged for ${seedsNamed(broken.map((end) => end.seed))}. Its loss is no longer a finite number. Lower pretraining.learningRate or raise pretraining.schedule.warmup.`,
    });
  const [worst] = [...collapsed].sort((a, b) => a.epoch - b.epoch);
  if (worst)
    findings.push({
      level: 'invalid',
      about: 'pretraining',
      text: `The encoder collapsed for ${seedsNamed(collapsed.map(({ seed }) => seed))} (${collapsed.length} of ${ends.length}). From epoch ${worst.epoch} to the end seed ${worst.seed} had ${worst.reason}. Lower pretraining.learningRate, raise pretraining.tau.base or take a larger batch, and run again.`,
    });
  if (unmeasured.length > 0)
    findings.push({
      level: 'warning',
      about: 'pretraining',
      text: `Whether the encoder collapsed is not known for ${seedsNamed(unmeasured.map((end) => end.seed))}: the spread of its embedding was not recorded.`,
    });
  return findings;
}
