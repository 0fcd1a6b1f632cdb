import Table from 'cli-table3';
import pc from 'picocolors';
import { dataName } from '../experiment/data-name';
import { doubtsOf } from '../experiment/doubts';
import { keysAt } from '../experiment/json-schema';
import { applyOverrides, type Override } from '../experiment/overrides';
import { draftOf, PlanError, planExperiment, type Plan } from '../experiment/plan/plan';
import type { DataLook, Machine } from '../experiment/plan/look';
import { settingsThatDiffer } from '../experiment/record';
import { parseSpec, type ExperimentSpec } from '../experiment/resolve';
import { suggest } from '../experiment/suggest';
import { experimentSpec } from '../storage/keys';
import type { ObjectStore } from '../storage/object-store';
import { lookAtData } from './data-look';
import { parseDuration, shownDuration } from './duration';
import { CliFailure, exitCodes } from './failure';
import { measureWorker, type Measured } from './measure';
import { remark, type Output } from './output';
import { nextName } from '../experiment/start-line';
import { storedSpec } from './record';
import type { Session } from './session';
import { absoluteSource, parseOverride } from './spec-file';

/** What `byol start data=...` asks for. */
export interface PlanRequest {
  data: string;
  seconds?: number;
  overrides: Override[];
  /** As it was typed, for the spec's description. */
  typed: string;
}

/** The request, or null where the command line names a spec. @throws {CliFailure} */
export function planRequest(words: readonly string[]): PlanRequest | null {
  if (!/^[a-z][a-z.0-9[\]]*=/i.test(words[0] ?? '')) return null;
  const valueOf = (key: string) => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const [data, time] = [valueOf('data'), valueOf('time')];
  if (!data)
    throw new CliFailure(
      exitCodes.input,
      `"${words[0]}" is a setting, and there is nothing that it is a setting of: name a spec first (byol start SPEC key=value), or ` +
        `the data to plan an experiment for (byol start data=NAME|PATH).`,
    );
  // A plan's precision is what auto stands for.
  const others = words.filter((word) => !/^(data|time)=|^precision=auto$/.test(word)).map(parseOverride);
  const slip = others.find(({ path }) => !keysAt([], {}).includes(path) && suggest(path, ['time']).length > 0);
  if (slip) throw new CliFailure(exitCodes.input, `${slip.path} is not a setting. Did you mean time, as in time=20m?`);
  const overrides = others.map(fromHere);
  const seconds = time === undefined ? {} : { seconds: parseDuration(time) };
  return { data, ...seconds, overrides, typed: words.join(' ') };
}

/** A setting with its paths as seen from the current folder. */
function fromHere({ path, value }: Override): Override {
  const absolute = (source: unknown) => (typeof source === 'string' ? absoluteSource(source, '.') : source);
  if (path === 'dataset.source' || path === 'model.weights') return { path, value: absolute(value) };
  if (path !== 'model' || value === null || typeof value !== 'object' || !('weights' in value)) return { path, value };
  return { path, value: { ...value, weights: absolute(value.weights) } };
}

/** The value of a setting, where the command line has one. */
const set = (overrides: readonly Override[], path: string) => overrides.findLast((one) => one.path === path)?.value;

/** Looks at the data; decodes some of it where it is images. @throws {CliFailure} */
export async function lookFor({ data, overrides }: PlanRequest, signal: AbortSignal): Promise<DataLook> {
  const test = set(overrides, 'dataset.test');
  const look = await lookAtData(data, typeof test === 'number' ? test : 0.2, signal);
  const name = set(overrides, 'name');
  return typeof name === 'string' ? { ...look, name } : look;
}

/**
 * The spec of the experiment that was planned before under this name, or of a new plan, which is printed with its reasons.
 * @throws {CliFailure} where the name belongs to another experiment, or the time is too short
 */
export async function plannedSpec(
  { client, store }: Session,
  request: PlanRequest,
  look: DataLook,
  output: Output,
  interrupted?: AbortSignal,
): Promise<ExperimentSpec> {
  const known = await plannedBefore(store, request, look);
  if (known) {
    output.line(
      `"${look.name}" was planned before; its settings stand, and so do the images that it was started with. For a new plan, or ` +
        `for images that changed: name=${nextName(look.name)}.`,
    );
    return known;
  }
  // What is no setting is told before a worker is asked.
  planned(() => draftOf(look, anyMachine, request.overrides));
  const others = await othersRunning(client);
  remark(
    `Measuring how fast a worker trains this; it takes up to a minute on a CPU${others.length > 0 ? ' that has nothing else to do' : ''}.`,
  );
  if (others.length > 0)
    remark(
      `${others.length === 1 ? 'Another experiment is' : 'Other experiments are'} running (${others.join(', ')}): where they have the same worker, the speed ` +
        `is measured beside them, and the plan is for a machine that they slow down. "byol cancel NAME" stops one; ` +
        `"byol resume NAME" goes on with it later.`,
    );
  const measured = await measureWorker(client, look, request.overrides, interrupted);
  const plan = planned(() =>
    planExperiment(
      look,
      measured.machine,
      measured.speed,
      [...describing(request, look), ...request.overrides],
      request.seconds,
    ),
  );
  printPlan(plan, measured, output);
  return plan.spec;
}

const anyMachine: Machine = { device: 'cpu', devices: 1, cores: 1, bf16: false };

/** Experiments that take workers' time now, the first few; none where the server cannot tell. */
async function othersRunning(client: Session['client']): Promise<string[]> {
  const names: string[] = [];
  try {
    const query = "WorkflowType = 'experiment' AND ExecutionStatus = 'Running'";
    for await (const { workflowId } of client.workflow.list({ query })) if (names.push(workflowId) === 5) break;
  } catch {
    return [];
  }
  return names;
}

const describing = ({ typed }: PlanRequest, look: DataLook): Override[] => [
  {
    path: 'description',
    value: `Does BYOL pretraining help on ${dataName(look.dataset)}? Planned by: byol start ${typed}`.slice(0, 2000),
  },
];

async function plannedBefore(store: ObjectStore, request: PlanRequest, look: DataLook): Promise<ExperimentSpec | null> {
  // A name that is none is told with the other settings, by the plan.
  if (!/^[a-z0-9-]{1,63}$/.test(look.name) || (await store.head(experimentSpec(look.name))) === null) return null;
  const stored = await storedSpec(store, look.name);
  const wanted = applyOverrides(
    { ...stored, dataset: { ...stored.dataset, source: look.dataset.source } },
    request.overrides,
  );
  const changed = settingsThatDiffer(stored, parseSpec(wanted));
  if (changed.length === 0) return stored;
  throw new CliFailure(
    exitCodes.input,
    `There is an experiment "${look.name}" already, with other settings (its -> yours):\n` +
      `${changed.map((change) => `  ${change}`).join('\n')}\n` +
      `Take another name for this one: name=${nextName(look.name)}.`,
  );
}

function planned<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof PlanError) throw new CliFailure(exitCodes.input, error.message, { cause: error });
    throw error;
  }
}

/** Of a terminal's columns, or of a line in a pipe. */
const widest = 120;

/** Of a plan's table with its four borders: reasons give way first. */
function columnWidths(columns: number): number[] {
  const room = Math.min(columns, widest) - 4;
  const [setting, value] = [31, room < 100 ? 19 : 31];
  return [setting, value, Math.max(22, room - setting - value)];
}

/** What was chosen and why, and how long it takes. */
function printPlan({ spec, choices, estimate, warnings }: Plan, { machine, speed }: Measured, output: Output): void {
  const table = new Table({
    head: ['setting', 'value', 'why'],
    colWidths: columnWidths(process.stdout.columns || widest),
    wordWrap: true,
    style: { head: [], border: pc.isColorSupported ? ['dim'] : [] },
  });
  for (const { setting, value, reason } of choices) table.push([setting, value, reason]);
  output.line(table.toString());
  const gpus = speed.devices === 1 ? 'one GPU' : `${speed.devices} GPUs`;
  const atOnce = speed.devices === 1 ? '' : ` (${speed.devices} trainings at once)`;
  const where = machine.device === 'gpu' ? gpus : `a CPU with ${machine.cores} cores${atOnce}`;
  output.line(`About ${pc.bold(shownDuration(estimate.total))} on ${where}:`);
  for (const [part, seconds, what] of partsOf(spec, estimate, speed.pretraining))
    output.line(`  ${part.padEnd(11)}  ${shownDuration(seconds).padEnd(11)}  ${what}`);
  output.line('Fetching from the network comes on top. Several workers share the work.');
  for (const doubt of doubtsOf(spec)) remark(`Note: ${doubt}`);
  for (const warning of warnings) remark(`Note: ${warning}`);
}

/** The parts of the time with what is done in each. @param rate images a second of pretraining */
function partsOf(
  { pretraining, seeds, precision }: ExperimentSpec,
  estimate: Plan['estimate'],
  rate: number,
): [part: string, seconds: number, what: string][] {
  const epochs = `${pretraining.epochs} ${pretraining.epochs === 1 ? 'epoch' : 'epochs'}`;
  const each = `${epochs} for each of ${seeds.length} seeds, ${Math.round(rate).toLocaleString('en-US')} images/s in ${precision}`;
  return [
    ['pretraining', estimate.pretraining, each],
    ['classifiers', estimate.classifiers, 'each seed, arm and number of labels with every setting of the search'],
    [
      'the rest',
      estimate.rest,
      'reading the images, loading programs, accuracy on validation and test images, checkpoints, the report',
    ],
  ];
}
