import { collapseOf } from '../../experiment/collapse';
import { renderReport } from '../../report/render';
import { computed } from '../../report/report-error';
import { experimentResults } from '../../report/results';
import type { ComparisonResult, ExperimentResults } from '../../report/results';
import type { FileDigests } from '../../experiment/file-digests';
import type { ExperimentSpec } from '../../experiment/resolve';
import { sweepMembership } from '../../experiment/sweep/candidates';
import { sha256 } from '../../storage/integrity';
import * as keys from '../../storage/keys';
import type { BudgetRow } from '../../report/budget-rows';
import type { NextStep } from '../../report/next-step';
import type { ObjectStore } from '../../storage/object-store';
import { gatherComparisons } from '../classifier/stored-comparisons';
import { draw } from '../dataset/training-data';
import { describeDataset, gatherPretraining, gatherSamples, lastCheckpoint } from './gather-results';
import type { Pretraining } from './gather-results';
import { encoderPictures } from './encoder-pictures';
import { imageIntervals } from './image-intervals';
import { imagesAccount } from './images-account';
import { parseStoredResult } from '../formats/stored-result';
import { withPulse } from '../pulse';
import { readSpec, type ExperimentRef } from '../read-spec';
import { readWeightsRecord } from '../weights/weights-record';

export interface WriteReportInput {
  experiment: ExperimentRef;
  /** Digest of the dataset's manifest. */
  dataset: string;
}

export interface WrittenReport {
  /** Key of the HTML report. */
  key: string;
  /** The experiment's answer in one sentence. */
  headline: string;
  /** The comparison in words, a row for each label budget. */
  table: BudgetRow[];
  /** What to try where the answer disappoints; left out by older versions. */
  next?: NextStep[];
}

export type WriteReport = (input: WriteReportInput) => Promise<WrittenReport>;

export interface ReportDependencies {
  store: ObjectStore;
  /** Folder for files on their way; may be deleted when nothing runs. */
  scratch: string;
  /** Version of this program, and the commit it was built from where that is known. */
  version: string;
  commit?: string;
}

/** @returns the activity `writeReport`: the report of what storage holds, as HTML, Markdown and JSON objects. */
export function createWriteReport(dependencies: ReportDependencies): WriteReport {
  return ({ experiment, dataset }) =>
    withPulse({ stage: 'report' }, async () => {
      const { store } = dependencies;
      const results = await gather(dependencies, experiment, dataset);
      const { html, markdown, json, settings, headline, table, next } = computed(experiment.name, () =>
        renderReport(results),
      );
      await keepReport(store, experiment.name, {
        'spec.yaml': [settings, 'application/yaml'],
        'report.json': [json, 'application/json'],
        'report.md': [markdown, 'text/markdown; charset=utf-8'],
        'index.html': [html, 'text/html; charset=utf-8'],
      });
      return { key: keys.report(experiment.name, 'index.html'), headline, table, next };
    });
}

/** Writes the files of a report, and last files.json, which vouches for them. @param files text and media type of each */
export async function keepReport(store: ObjectStore, name: string, files: Record<string, readonly [string, string]>) {
  const write = (file: string, body: Buffer, contentType: string) =>
    store.put(keys.report(name, file), body, { contentType });
  const written: FileDigests = {};
  for (const [file, [text, contentType]] of Object.entries(files)) {
    const body = Buffer.from(text);
    await write(file, body, contentType);
    written[file] = { sha256: sha256(body), bytes: body.length };
  }
  await write('files.json', Buffer.from(JSON.stringify({ files: written })), 'application/json');
}

async function gather(
  dependencies: ReportDependencies,
  experiment: ExperimentRef,
  dataset: string,
): Promise<ExperimentResults> {
  const { store } = dependencies;
  const spec = await readSpec(store, experiment);
  const drawn = await draw(store, spec, dataset, spec.seeds[0] as number);
  const { manifest } = drawn;
  const comparisons = await gatherComparisons(store, spec);
  const pretraining = await gatherPretraining(store, spec);
  const described = describeDataset(dataset, drawn);
  const weights = await startOf(store, spec);
  const sweep = await membershipIn(store, spec.name);
  const gathered = {
    experiment: spec.name,
    spec,
    ...(weights ? { weights } : {}),
    ...(sweep ? { sweep } : {}),
    ...(spec.description === '' ? {} : { question: spec.description }),
    dataset: described,
    pretraining: pretraining.map(({ seed, checkpoint, metadata: { epochs } }) => ({
      seed,
      checkpoint,
      epochs,
      collapsed: collapseOf(epochs, spec.pretraining.epochs, described.classes.length),
    })),
    comparisons,
    imageIntervals: await imageIntervals(store, comparisons),
    images: await imagesAccount(store, manifest),
    ...(await encoderPictures(dependencies, { experiment: spec.name, seed: spec.seeds[0] as number }, manifest)),
    samples: await gatherSamples(store, spec.name),
    provenance: await provenanceOf(dependencies, spec, { experiment, dataset, comparisons, pretraining }),
  };
  return computed(spec.name, () => experimentResults.parse(gathered));
}

/** What the spec's `model.weights` led to. */
async function startOf(store: ObjectStore, spec: ExperimentSpec): Promise<ExperimentResults['weights']> {
  const record = spec.model.weights === undefined ? null : await readWeightsRecord(store, spec.name);
  if (!record) return undefined;
  const { digest, source, file, remarks } = record;
  return { digest, source, file: file.sha256, remarks };
}

/** Of which sweep it is a member. */
async function membershipIn(store: ObjectStore, name: string): Promise<ExperimentResults['sweep']> {
  const key = keys.experimentSweep(name);
  const found = await store.getIfPresent(key);
  return found ? parseStoredResult(found.body, sweepMembership, key) : undefined;
}

async function provenanceOf(
  { store, version, commit }: ReportDependencies,
  spec: ExperimentSpec,
  run: { experiment: ExperimentRef; dataset: string; comparisons: ComparisonResult[]; pretraining: Pretraining[] },
): Promise<ExperimentResults['provenance']> {
  const { comparisons, pretraining } = run;
  const [first] = comparisons as [ComparisonResult];
  const trained = keys.classifierRun({ ...first, ...first.chosen });
  const { node, tensorflow, device, cpu, threads, cores, devices } = (await lastCheckpoint(store, spec, trained))
    .metadata;
  const ofPretraining = pretraining[0]?.metadata.threads;
  const classifiers = (arm: string) =>
    comparisons.filter((each) => each.arm === arm).flatMap(({ search }) => search.flatMap(({ curve }) => curve));
  const stages = {
    pretraining: pretraining.flatMap(({ metadata }) => metadata.epochs),
    ...Object.fromEntries(spec.arms.map((arm) => [arm, classifiers(arm)])),
  };
  const seconds = Object.entries(stages).map(([stage, epochs]) => [
    stage,
    epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
  ]);
  return {
    version,
    ...(commit === undefined ? {} : { commit }),
    ...{ node, tensorflow, device, cpu, threads, cores, devices },
    ...(ofPretraining === undefined || ofPretraining === threads ? {} : { threadsOfPretraining: ofPretraining }),
    startedAt: (await recordedAt(store, spec.name)).toISOString(),
    finishedAt: new Date().toISOString(),
    workers: [...new Set(Object.values(stages).flatMap((epochs) => epochs.map(({ worker }) => worker)))].sort(),
    secondsByStage: Object.fromEntries(seconds) as Record<string, number>,
    digests: { dataset: run.dataset, spec: run.experiment.specDigest },
    // spec.yaml lies beside the report; under its own name the experiment is complete.
    command: `byol start spec.yaml name=${spec.name.slice(0, 57)}-again`,
  };
}

/** When the experiment was started first: its spec is written then and never again. */
async function recordedAt(store: ObjectStore, name: string): Promise<Date> {
  for await (const { modified } of store.list(keys.experimentSpec(name))) return modified;
  return new Date();
}
