import { glossaryOf, methodOf } from '../method';
import { specYaml } from '../spec-yaml';
import type { Answer } from '../answer';
import type { ExperimentResults } from '../results';
import { provenanceTable, timesTable } from '../tables';
import { section, type Section } from './section';

/** What was compared and how it was chosen. */
export const methodSection = (answer: Answer, results: ExperimentResults): Section =>
  section('What was compared, and how it was chosen', [{ paragraphs: methodOf(results, answer) }]);

export const wordsSection = (results: ExperimentResults): Section => section('Words', [{ words: glossaryOf(results) }]);

/** The spec. */
export const settingsSection = (results: ExperimentResults): Section =>
  section('Settings', [
    { notes: ['The whole spec as the run used it, defaults filled in.'] },
    { code: specYaml(results.spec), label: 'The spec' },
  ]);

/** The command that runs it again, versions, machine, digests and times. */
export const provenanceSection = (results: ExperimentResults): Section =>
  section('Where the numbers come from', [
    { paragraphs: ['Run it again:'] },
    { code: results.provenance.command, label: 'The command' },
    { tables: [provenanceTable(results), timesTable(results)] },
  ]);
