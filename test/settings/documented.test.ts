import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { userPorts } from '../../infra/dev-stack/ports';
import { configKeys } from '../../settings/config-file';
import { root } from '../infra/bootstrap-module';

const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
const variable = /\b(?:BYOL|LOG)_[A-Z0-9_]*[A-Z0-9]\b/g;

/** Every variable of our own that a source names, with a file that does. */
function variablesOfSources(): Map<string, string> {
  const { include } = JSON.parse(text('tsconfig.json')) as { include: string[] };
  const files = include.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const sources = files.filter((file) => /\.(ts|mjs|yaml)$|Dockerfile$/.test(file));
  return new Map(sources.flatMap((file) => [...text(file).matchAll(variable)].map(([name]) => [name, file] as const)));
}

test('docs/settings.md has every variable that a source names, and no other', () => {
  const documented = new Set([...text('docs/settings.md').matchAll(variable)].map(([name]) => name));
  const named = variablesOfSources();
  expect(named.size).toBeGreaterThan(20);
  expect([...named].filter(([name]) => !documented.has(name))).toEqual([]);
  expect([...documented].filter((name) => !named.has(name))).toEqual([]);
});

test('docs/settings.md and the compose file have the ports of the local stack', () => {
  const [temporal, ui, s3] = Object.values(userPorts).map(({ port }) => port);
  expect(text('docs/settings.md')).toContain(
    `| \`BYOL_TEMPORAL_PORT\`, \`BYOL_UI_PORT\`, \`BYOL_S3_PORT\` | ${temporal}, ${ui}, ${s3} |`,
  );
  const published = [...text('infra/compose.yaml').matchAll(/- '127\.0\.0\.1:(\d+):\d+'/g)].map(([, port]) =>
    Number(port),
  );
  expect(published.sort()).toEqual([temporal, s3, ui].sort());
});

test('docs/settings.md has every key of the config file', () => {
  const page = text('docs/settings.md');
  for (const [section, keys] of Object.entries(configKeys)) {
    const rows = page.slice(page.indexOf(`| \`[${section}]\` |`)).split('\n');
    for (const key of keys) expect(rows.filter((row) => row.includes(`| \`${key}\` |`))).toHaveLength(1);
  }
});
