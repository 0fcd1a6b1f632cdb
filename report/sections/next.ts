import { startLines } from '../../experiment/start-line';
import type { Answer } from '../answer';
import type { ExperimentResults } from '../results';
import { section, type Block, type Section } from './section';

/** What to try where the answer disappoints, each with its command; null where it does not. */
export function nextSection({ next }: Answer, { spec }: ExperimentResults): Section | null {
  if (next.length === 0) return null;
  const commands = startLines('spec.yaml', spec.name, next);
  const steps = next.flatMap(({ text }, at): Block[] => {
    const code = commands[at];
    return [{ paragraphs: [text] }, ...(code ? [{ code, label: `The command of step ${at + 1}` }] : [])];
  });
  return section('What to try next', [
    {
      notes: [
        `The likeliest first, each by itself and under a name of its own. "byol report" puts the file spec.yaml beside this report: from the project's folder it is "npx byol start reports/${spec.name}/spec.yaml ...", with --up where no stack runs.`,
      ],
    },
    ...steps,
  ]);
}
