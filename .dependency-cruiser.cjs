/**
 * The arrows between the folders, as ARCHITECTURE.md draws them:
 * cli -> workflows -> activities -> (engine + training | datasets | report) -> storage.
 */

/** What each folder may import of this project, besides itself; `import type` is looked at separately. */
const arrows = {
  experiment: {
    to: [],
    why: 'The spec is read by everything, also inside the workflow sandbox, so it depends on nothing but zod.',
  },
  training: {
    to: ['experiment'],
    why: 'The machine-learning core is pure: from a spec to the bytes of a program. It knows no Temporal, S3 or TensorFlow.',
  },
  storage: {
    to: ['experiment/names'],
    why: 'Storage is the floor: it stores bytes under keys and does not know what they mean; keys hold names that all agree on.',
  },
  settings: {
    to: ['experiment/suggest'],
    why: 'The environment and the config file are read the same way by the command, the workers and the dev stack.',
  },
  datasets: {
    to: ['experiment', 'storage'],
    why: 'Data sets come from files and go to objects; what is trained on them is not their business.',
  },
  engine: {
    to: [],
    why: 'The engine runs programs: it is told where they and TensorFlow lie, and knows nothing of how they were made.',
  },
  report: {
    to: ['experiment'],
    why: 'The report is a pure function of results, so that a report can be made again from what is stored.',
  },
  workflows: {
    to: ['experiment'],
    why: 'Workflow code is replayed: anything that does work would break determinism. Activities are imported as types.',
  },
  activities: {
    to: ['experiment', 'engine', 'training', 'datasets', 'report', 'storage'],
    why: 'Activities are where the parts meet; they are handed what they depend on and start nothing themselves.',
  },
  workers: {
    to: ['activities', 'experiment', 'engine', 'settings', 'storage', 'infra/setup-paths'],
    why: 'Entry points connect, probe and hand dependencies to the activities; nobody imports them.',
  },
  cli: {
    to: ['experiment', 'settings', 'storage', 'infra', 'datasets', 'report/compare', 'report/spec-yaml'],
    why: 'A command talks to Temporal and to the bucket; work happens in workers, but for looking at images (byol data) and setting two reports side by side.',
  },
  infra: {
    to: ['experiment/names', 'experiment/precision', 'settings', 'storage'],
    why: 'The dev stack starts the workers as processes and never imports them; the doctor probes the bucket and knows the rule of bf16.',
  },
};

const typesOnly = {
  workflows: ['activities'],
  cli: ['workflows', 'activities', 'report'],
  settings: ['storage'],
  storage: ['experiment'], // keys.ts names runs by arm and label budget
};

const rules = Object.entries(arrows).map(([folder, { to, why }]) => ({
  name: `${folder}-imports-only-what-it-may`,
  comment: why,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: `^(${[...Object.keys(arrows), 'bench', 'test'].join('|')})/`,
    pathNot: `^(${[folder, ...to].join('|')})(/|\\.ts$)`,
    dependencyTypesNot: ['type-only'],
  },
}));

const typeRules = Object.entries(arrows).map(([folder, { to }]) => ({
  name: `${folder}-types`,
  comment: 'A type may be imported one arrow further than code, and not from anywhere else: types couple folders too.',
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: `^(${[...Object.keys(arrows), 'bench', 'test'].join('|')})/`,
    pathNot: `^(${[folder, ...to, ...(typesOnly[folder] ?? [])].join('|')})(/|\\.ts$)`,
    dependencyTypes: ['type-only'],
  },
}));

/** The rooms of activities/: each may import those before it, so that none needs another that needs it. */
const rooms = 'formats machine dataset epochs weights classifier pretraining report export apply sweep'.split(' ');

const roomRules = rooms.map((room, at) => ({
  name: `room-${room}`,
  comment: 'What two rooms need lies in the earlier one, or beside them; create.ts alone knows all.',
  severity: 'error',
  from: { path: `^activities/${room}/` },
  to: { path: `^activities/(create\\.ts|(${rooms.slice(at + 1).join('|')})/)` },
}));

/** Packages that one folder owns: elsewhere they would leak what that folder hides. */
const owned = [
  {
    package: '@tensorflow/tfjs-node-gpu',
    by: 'engine/tensorflow\\.ts$',
    why: 'TensorFlow lives in the child process alone.',
  },
  {
    package: '@aws-sdk/',
    by: '(storage|test)/',
    why: 'Object storage is spoken to through ObjectStore, which has the commit rules.',
  },
  { package: '@temporalio/workflow', by: '(workflows|test)/', why: 'It works only inside the workflow sandbox.' },
  { package: '@temporalio/worker', by: '(workers|test)/', why: 'Only the entry points host workers.' },
  {
    package: '(sharp|tar-stream)/',
    by: '(datasets|test|activities|report|bench)/',
    why: 'Decoding images and archives is what datasets/ is for.',
  },
  { package: '(echarts|eta)/', by: '(report|test)/', why: 'Figures and pages are drawn by report/ alone.' },
];

const ownedRules = owned.map(({ package: name, by, why }) => ({
  name: `one-owner-of-${name.replace(/[^a-z0-9]+/gi, '-')}`,
  comment: why,
  severity: 'error',
  from: { path: '\\.ts$', pathNot: `^${by}` },
  to: { path: `node_modules/${name}`, dependencyTypesNot: ['type-only'] },
}));

module.exports = {
  forbidden: [
    ...rules,
    ...typeRules,
    ...roomRules,
    {
      name: 'beside-the-rooms',
      comment:
        'Files beside the rooms serve all of them; a room that is missing in the list of rooms is found here too.',
      severity: 'error',
      from: { path: '^activities/', pathNot: `^activities/(create\\.ts|(${rooms.join('|')})/)` },
      to: { path: '^activities/[^/]+/' },
    },
    ...ownedRules,
    {
      name: 'experiment-needs-zod-alone',
      comment: 'The spec is bundled into the workflow sandbox, where no node module and no heavy package exists.',
      severity: 'error',
      from: { path: '^experiment/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/(zod|@types)/' },
    },
    {
      name: 'training-does-no-io',
      comment: 'The core computes bytes: files, network and processes belong to engine/ and activities/.',
      severity: 'error',
      from: { path: '^training/' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|child_process|worker_threads|os)' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'Sources do not depend on their tests or benchmarks.',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'dev-packages-stay-in-tests',
      comment: 'What is installed for development alone is not there in production.',
      severity: 'error',
      from: { path: '\\.ts$', pathNot: '^(test|bench)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'imports-resolve',
      comment: 'An import that resolves to nothing works on one machine by luck.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/\\.bin)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
