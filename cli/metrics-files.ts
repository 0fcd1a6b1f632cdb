import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseMetrics, type RunMetrics } from '../experiment/run-metrics';
import { translateDiskError } from '../storage/errors';
import { experimentRuns } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { CliFailure, exitCodes } from './failure';
import { makeFolder } from './filled-folder';

/** One run's metrics, after they were written or changed. */
export interface ChangedRun {
  /** `seed-1/pretraining`, for instance. */
  run: string;
  /** Those of metrics.jsonl that were not there the last time, or were others. */
  lines: string[];
  /** All of them. */
  epochs: RunMetrics[];
}

/** Names of our own alone, so that nothing gets out of the folder. */
const ofARun = /^((?:[A-Za-z0-9][A-Za-z0-9._-]*\/)+)(metrics\.jsonl|events\.out\.tfevents\.[A-Za-z0-9._-]+)$/;

/** The metrics of an experiment's runs, fetched again and again. */
export class MetricsFiles {
  private readonly seen = new Map<string, string>();
  private readonly lines = new Map<string, string[]>();

  /** @param folder where the files go, laid out as TensorBoard wants them, made for the first of them; null: nowhere */
  constructor(
    private readonly store: ObjectStore,
    private readonly experiment: string,
    private readonly folder: string | null,
  ) {}

  /**
   * Fetches what has changed.
   * @param again fetch everything, whatever storage says of changes (it tells times in seconds)
   */
  async refresh(again = false): Promise<ChangedRun[]> {
    const prefix = experimentRuns(this.experiment);
    const changed: ChangedRun[] = [];
    for await (const { key, bytes, modified } of this.store.list(prefix)) {
      const [path, run = '', file] = ofARun.exec(key.slice(prefix.length)) ?? [];
      if (path === undefined) continue;
      const state = `${bytes} ${modified.getTime()}`;
      if (!again && this.seen.get(path) === state) continue;
      const body = await this.store.get(key);
      const one = file === 'metrics.jsonl' ? this.changedRun(run.slice(0, -1), body.toString('utf8')) : null;
      this.seen.set(path, state);
      if (this.folder !== null) {
        makeFolder(this.folder);
        grow(join(this.folder, path), body);
      }
      if (one && one.lines.length > 0) changed.push(one);
    }
    return changed;
  }

  private changedRun(run: string, text: string): ChangedRun {
    const lines = text.split('\n').filter((line) => line !== '');
    const before = this.lines.get(run) ?? [];
    this.lines.set(run, lines);
    const first = lines.findIndex((line, at) => line !== before[at]);
    try {
      return { run, lines: first < 0 ? [] : lines.slice(first), epochs: parseMetrics(text) };
    } catch (cause) {
      throw new CliFailure(
        exitCodes.input,
        `metrics.jsonl of ${run} of "${this.experiment}" in ${this.store.location} is not what byol wrote. Its checkpoints ` +
          `have the same numbers: "byol report ${this.experiment}" shows them, and the next epoch writes the file anew.`,
        { cause },
      );
    }
  }
}

/** Adds to the end of a file what it lacks, for readers that have it open; what does not begin as the file is replaces it. */
function grow(path: string, body: Buffer): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const old = readIfPresent(path);
    if (old && body.subarray(0, old.length).equals(old)) return appendFileSync(path, body.subarray(old.length));
    writeFileSync(`${path}.part`, body);
    renameSync(`${path}.part`, path);
  } catch (error) {
    rmSync(`${path}.part`, { force: true });
    const full = translateDiskError(error, path);
    if (full !== error) throw full;
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure(exitCodes.input, `${path} cannot be written (${why}). Name another folder with -o.`, {
      cause: error,
    });
  }
}

function readIfPresent(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
