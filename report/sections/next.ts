import { nextName, startLine } from '../../experiment/start-line';
import type { Answer } from '../answer';
import type { ExperimentResults } from '../results';
import { section, type Block, type Section } from './section';

/** What to try where the answer disappoints, each with its command; null where it does not. */
export function nextSection({ next }: Answer, { spec }: ExperimentResults): Section | null {
  if (next.length === 0) return null;
  const steps = next.flatMap(({ text, settings }, at): Block[] => [
    { paragraphs: [text] },
    ...(settings.length === 0
      ? []
      : [
          {
            code: startLine('spec.yaml', [`name=${nextName(spec.name)}`, ...settings]),
            label: `The command of step ${at + 1}`,
          },
        ]),
  ]);
  return section('What to try next', [
    { notes: ['The likeliest first, each by itself. "byol report" puts the file spec.yaml beside this report.'] },
    ...steps,
  ]);
}
