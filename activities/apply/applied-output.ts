import { cancellationSignal } from '@temporalio/activity';
import { appendFile, constants, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecodedBatch } from '../../datasets/images/every-image';
import { argmax, probabilitiesOf } from '../../report/classification-metrics';
import { translateDiskError } from '../../storage/errors';
import { writeParquet } from './embeddings-parquet';
import type { ExperimentRef } from '../read-spec';
import { npyHeader, npyHeaderBytes } from '../formats/npy';
import { quoted } from '../formats/predictions-csv';
import { nearestRows, unitRow } from '../pretraining/nearest-features';

/** What the rows of a network become: files that grow batch by batch. */
export interface AppliedOutput {
  /** @param rows of the files without a problem, in their order, row-major */
  add(files: DecodedBatch['files'], rows: Float32Array): Promise<void>;
  /** @returns the files and the names of their objects */
  finish(): Promise<{ name: string; path: string }[]>;
}

/** Calls `row` for each file: with its part of the rows, or with null where it has none. */
function eachRow<T>(
  files: DecodedBatch['files'],
  rows: { subarray(from: number, to: number): T },
  width: number,
  row: (file: { path: string; problem: string | null }, values: T | null) => void,
): void {
  let at = 0;
  for (const file of files) row(file, file.problem === null ? rows.subarray(at++ * width, at * width) : null);
}

/** Files of lines below a folder. */
class LineFiles {
  private readonly paths: Record<string, string>;
  constructor(
    folder: string,
    private readonly names: readonly string[],
  ) {
    this.paths = Object.fromEntries(names.map((name) => [name, join(folder, name)]));
  }

  async append(name: string, lines: readonly string[]): Promise<void> {
    const path = this.paths[name] as string;
    await appendFile(path, lines.map((line) => `${line}\n`).join('')).catch((error: unknown) => {
      throw translateDiskError(error, path);
    });
  }

  finish() {
    return Promise.resolve(this.names.map((name) => ({ name, path: this.paths[name] as string })));
  }
}

/** A line for each file: its predicted class and the probability of every class, or what is wrong with it. */
export class Predictions implements AppliedOutput {
  private readonly files: LineFiles;
  private begun = false;

  constructor(
    folder: string,
    private readonly classes: readonly string[],
  ) {
    this.files = new LineFiles(folder, ['predictions.csv', 'predictions.jsonl']);
  }

  async add(files: DecodedBatch['files'], logits: Float32Array): Promise<void> {
    const { classes } = this;
    const cells = classes.map(quoted);
    const csv = this.begun ? [] : [['path', 'predicted', 'probability', 'problem', ...cells].join(',')];
    this.begun = true;
    const jsonl: string[] = [];
    const probabilities = probabilitiesOf(logits, classes.length);
    eachRow(files, probabilities, classes.length, ({ path, problem }, row) => {
      const best = row && argmax(row);
      const figures = row ? Array.from(row, (value) => value.toFixed(6)) : classes.map(() => '');
      csv.push(
        [
          quoted(path),
          best === null ? '' : cells[best],
          best === null ? '' : figures[best],
          problem === null ? '' : quoted(problem),
          ...figures,
        ].join(','),
      );
      const named = row && Object.fromEntries(classes.map((name, at) => [name, row[at]]));
      const predicted = best === null ? null : { predicted: classes[best], probability: row?.[best] };
      jsonl.push(JSON.stringify(predicted ? { path, ...predicted, probabilities: named } : { path, problem }));
    });
    await this.files.append('predictions.csv', csv);
    await this.files.append('predictions.jsonl', jsonl);
  }

  finish() {
    return this.files.finish();
  }
}

/** Images among which neighbours are looked for. */
export interface KnownImages {
  /** A row for each. */
  features: Float32Array[];
  /** image: its path in the source, or where it has no name its place in the test split. */
  images: { class: string; image: string }[];
}

/** A line for each file: the test images whose features are nearest to its own, by cosine, the nearest first. */
export class Neighbours implements AppliedOutput {
  private readonly files: LineFiles;
  private readonly unit: Float64Array[];

  constructor(
    folder: string,
    private readonly bank: KnownImages,
    private readonly count: number,
  ) {
    this.files = new LineFiles(folder, ['neighbours.jsonl']);
    this.unit = bank.features.map(unitRow);
  }

  async add(files: DecodedBatch['files'], features: Float32Array): Promise<void> {
    const lines: string[] = [];
    const width = this.unit[0]?.length ?? 0;
    eachRow(files, features, width, ({ path, problem }, row) => {
      lines.push(JSON.stringify(row ? { path, nearest: this.nearestTo(unitRow(row)) } : { path, problem }));
    });
    await this.files.append('neighbours.jsonl', lines);
  }

  private nearestTo(own: Float64Array) {
    return nearestRows(this.unit, own, this.count).map(({ at, cosine }) => ({ ...this.bank.images[at], cosine }));
  }

  finish() {
    return this.files.finish();
  }
}

/** The matrix of features as .npy, a JSON file that says which row is which image, and both as one Parquet file. */
export class Embeddings implements AppliedOutput {
  private readonly path: string;
  private readonly paths: string[] = [];
  private readonly broken: { path: string; problem: string | null }[] = [];
  private width = 0;

  constructor(
    private readonly folder: string,
    private readonly of: { experiment: ExperimentRef; seed: number },
  ) {
    this.path = join(folder, 'embeddings.npy');
  }

  async add(files: DecodedBatch['files'], features: Float32Array): Promise<void> {
    const usable = files.filter(({ problem }) => problem === null);
    this.width ||= usable.length === 0 ? 0 : features.length / usable.length;
    await this.write(
      Buffer.from(features.buffer, features.byteOffset, features.byteLength),
      npyHeaderBytes + 4 * this.width * this.paths.length,
    );
    this.paths.push(...usable.map(({ path }) => path));
    this.broken.push(...files.filter(({ problem }) => problem !== null));
  }

  private async write(bytes: Buffer, at: number): Promise<void> {
    try {
      const matrix = await open(this.path, constants.O_WRONLY | constants.O_CREAT);
      await matrix.write(bytes, 0, bytes.length, at).finally(() => matrix.close());
    } catch (error) {
      throw translateDiskError(error, this.path);
    }
  }

  async finish() {
    await this.write(npyHeader([this.paths.length, this.width]), 0);
    const which = join(this.folder, 'embeddings.json');
    const { experiment, seed } = this.of;
    const content = { experiment: experiment.name, seed, paths: this.paths, broken: this.broken };
    await writeFile(which, JSON.stringify(content)).catch((error: unknown) => {
      throw translateDiskError(error, which);
    });
    const parquet = join(this.folder, 'embeddings.parquet');
    const work = { matrix: this.path, which, width: this.width, to: parquet };
    await writeParquet(work, cancellationSignal());
    return [
      { name: 'embeddings.parquet', path: parquet },
      { name: 'embeddings.npy', path: this.path },
      { name: 'embeddings.json', path: which },
    ];
  }
}
