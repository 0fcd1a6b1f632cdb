import type { ExperimentResults } from './results';
import { counted, duration, whole } from './wording';

/** Where the numbers come from: a name and its value each. */
export function provenanceOf(results: ExperimentResults): [string, string][] {
  const { provenance, dataset } = results;
  const { image } = dataset;
  const { digests } = provenance;
  const { sweep } = results;
  return [
    ['durable-byol', provenance.version + (provenance.commit ? `, commit ${provenance.commit}` : '')],
    ['node', provenance.node],
    ['TensorFlow', provenance.tensorflow],
    ['device', provenance.device],
    ['precision', results.spec.precision],
    ['CPU', provenance.cpu],
    ['threads', threadWords(provenance)],
    ...trainingsAtOnce(provenance),
    ['workers', provenance.workers.join(', ')],
    ['interruptions', interruptionWords(results)],
    ['started', provenance.startedAt],
    ['finished', provenance.finishedAt],
    [
      'images',
      `${dataset.kind}, ${image.width}x${image.height}, ${counted(image.channels, 'channel')}, ${whole(dataset.classes.length)} classes: ${dataset.classes.slice(0, 20).join(', ')}${dataset.classes.length > 20 ? ', ...' : ''}`,
    ],
    [
      'counts',
      Object.entries(dataset.counts)
        .map(([use, n]) => `${use} ${whole(n)}`)
        .join(', '),
    ],
    ...weightRows(results),
    ...(sweep
      ? [
          ['sweep', `member ${sweep.member} of ${sweep.members} of ${sweep.sweep}; the validation split chose`] as [
            string,
            string,
          ],
        ]
      : []),
    ['digest of the dataset', digests.dataset],
    ['digest of the spec', digests.spec],
  ];
}

function weightRows({ weights }: ExperimentResults): [string, string][] {
  if (!weights) return [['starting weights', 'random']];
  const { source, file, digest, remarks } = weights;
  return [
    ['starting weights', [source, ...remarks].join('; ')],
    ['sha256 of their file', file],
    ['digest of the starting weights', digest],
  ];
}

/** Threads within an operation, which follow the program. */
const threadWords = ({ threads, threadsOfPretraining }: ExperimentResults['provenance']): string =>
  threadsOfPretraining === undefined ? String(threads) : `${threads}, ${threadsOfPretraining} in pretraining`;

/** Older runs did not note how many devices they had. */
function trainingsAtOnce({ device, devices, cores }: ExperimentResults['provenance']): [string, string][] {
  if (devices === undefined) return [];
  const shared = device === 'gpu' ? 'each with a GPU of its own' : `which shared the machine's ${cores} cores`;
  return [['trainings at once', devices === 1 ? '1 on a worker' : `${devices} on a worker, ${shared}`]];
}

/** What the hours of {@link timesOf} are of. */
export function deviceHoursWords({ provenance: { device, devices = 1, cores } }: ExperimentResults): string {
  const shared = `: ${devices} trainings at once shared the machine's ${cores} cores`;
  return `Time of training by stage, added up over the devices${device !== 'gpu' && devices > 1 ? shared : ''}`;
}

/**
 * Time of training by stage, the longest first, and in all: hours of devices. Devices train beside each other, so that
 * the sum can exceed the time of the clock, which is last.
 */
export function timesOf({ provenance }: ExperimentResults): { cells: string[]; total: boolean }[] {
  const stages = Object.entries(provenance.secondsByStage).sort(([, a], [, b]) => b - a);
  const inAll = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
  const row = (name: string, seconds: number, total: boolean) => ({
    cells: [name, duration(seconds), (seconds / 3600).toFixed(2)],
    total,
  });
  const byClock = (Date.parse(provenance.finishedAt) - Date.parse(provenance.startedAt)) / 1000;
  return [
    ...stages.map(([stage, seconds]) => row(stage, seconds, false)),
    row('in all', inAll, true),
    { cells: ['by the clock, from the start to this report', duration(byClock), ''], total: false },
  ];
}

/**
 * How often a training went on in another worker process than before: each time one had stopped, was killed, or had other
 * work. At least so often; a worker that was given a name keeps it when it is started again, and does not show.
 */
function changesOfWorker({ pretraining, comparisons }: ExperimentResults): number {
  const runs = [
    ...pretraining.map(({ epochs }) => epochs),
    ...comparisons.flatMap(({ search }) => search.map(({ curve }) => curve)),
  ];
  return runs.reduce(
    (sum, epochs) => sum + epochs.filter(({ worker }, at) => at > 0 && worker !== epochs[at - 1]?.worker).length,
    0,
  );
}

function interruptionWords(results: ExperimentResults): string {
  const changes = changesOfWorker(results);
  if (changes === 0) return 'none seen: every training stayed with one worker';
  return `${counted(changes, 'time')} a training went on from its checkpoint in another worker process, because the one before had stopped, was killed or had other work`;
}
