import type { Answer } from '../answer';
import type { ExperimentResults } from '../results';
import { methodSection, provenanceSection, settingsSection, wordsSection } from './account';
import { certaintySection } from './certainty';
import { classificationSection } from './classification';
import { comparisonSection } from './comparison';
import { encoderSection } from './encoder';
import { imagesSection } from './images';
import { labelWorthSection } from './label-worth';
import { nextSection } from './next';
import type { Section } from './section';
import { learningCurvesSection, pretrainingSection, searchSection, viewsSection } from './training';

/** Everything below the first screen, in order: the page and Markdown are both made of this list. */
export const sectionsOf = (answer: Answer, results: ExperimentResults): Section[] =>
  [
    nextSection(answer, results),
    comparisonSection(answer),
    labelWorthSection(answer),
    answer.valid ? certaintySection(answer, results) : null,
    classificationSection(answer, results),
    imagesSection(results),
    methodSection(answer, results),
    wordsSection(results),
    pretrainingSection(answer, results),
    encoderSection(results),
    searchSection(answer, results),
    learningCurvesSection(answer, results),
    viewsSection(results),
    settingsSection(results),
    provenanceSection(results),
  ].filter((each): each is Section => each !== null && each.blocks.length > 0);
