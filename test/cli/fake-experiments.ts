import { pytorchLoader } from '../../activities/export/pytorch-loader';
import { keepReport } from '../../activities/report/write-report';
import { report } from '../../storage/keys';
import { keepExport } from '../activities/export/stored-export';
import { fakeActivities, type Call } from '../workflows/fake-activities';
import { withWorkers } from '../workflows/run';
import { byol, type Ended } from './byol';
import { useServers, type Servers } from './servers';

const next = [
  { text: 'Run 4 more seeds.', settings: ['seeds=[1,2,3]'] },
  { text: 'Take other images.', settings: [] },
  { text: 'Pretrain longer.', settings: ['pretraining.epochs=4'] },
];

/** Settings of a small experiment of the quickstart's. */
const small = [
  'labels=[50]',
  'seeds=[1,2]',
  'pretraining.epochs=2',
  'classifier.epochs=2',
  'classifier.checkpointEvery=1',
];
/** Arguments that start it. */
export const start = (name: string, ...more: string[]) => [
  'start',
  'mnist-quickstart',
  `name=${name}`,
  ...small,
  ...more,
];

/**
 * Workers with fake activities, which train nothing, while `body` runs; the report's activity writes a page as the real one
 * does, and what an export leaves.
 */
async function working<T>(
  servers: Servers,
  body: () => Promise<T>,
  before?: (call: Call) => Promise<void>,
): Promise<T> {
  const { store, temporal } = servers;
  const { activities } = fakeActivities(before);
  const writeReport: typeof activities.writeReport = async ({ experiment: { name } }) => {
    const key = report(name, 'index.html');
    await keepReport(store, name, {
      'spec.yaml': ['', 'application/yaml'],
      'report.json': [JSON.stringify({ keepInMind: ['Only 2 seeds.'] }), 'application/json'],
      'report.md': [`# ${name}`, 'text/markdown'],
      'index.html': [`<title>${name}</title>`, 'text/html'],
    });
    await keepExport(store, name, { 'load.py': pytorchLoader }, { encoders: { seeds: [1, 2] } });
    const row = {
      labels: '50',
      supervised: '80.0%',
      fineTuned: '90.0%',
      gain: '+10.0',
      interval: '',
      gainBySeed: '+10.0',
    };
    return { key, headline: 'With 50 labels BYOL wins.', table: [row], next };
  };
  return withWorkers(temporal, { ...activities, writeReport }, body);
}

/** Servers for the tests of a file, commands that talk to them, and workers that train nothing. */
export function useFakeExperiments() {
  const servers = useServers();
  return {
    servers,
    run: (...args: string[]): Promise<Ended> => byol(args, servers.environment),
    working: <T>(body: () => Promise<T>, before?: (call: Call) => Promise<void>) => working(servers, body, before),
  };
}
