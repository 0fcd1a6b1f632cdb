import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setupPaths } from '../../infra/setup-paths';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'byol-setup-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('set-up of this tree names programs that are there, the test server among them', () => {
  const paths = setupPaths();
  expect(paths.testServer).toBeDefined();
  expect(paths.tensorflowBinding).toMatch(/tfjs_binding\.node$/);
});

test.each([
  [
    'is missing',
    undefined,
    /^The engine and the servers are not set up: .*setup\.json is not there\. Run "npm run setup"/,
  ],
  ['is cut short', '{"temporal": "/', /cannot be read: it is not JSON\. Run "npm run setup"/],
  [
    'lacks a part',
    '{"temporal": "/x", "weed": "/x", "libraryPath": "", "gpu": false}',
    /cannot be read: .*tensorflowBinding/,
  ],
  [
    'names what is gone',
    '{"temporal": "/gone", "weed": "/gone", "tensorflowBinding": "/gone", "libraryPath": "", "gpu": false}',
    /says that \/gone is part of the set-up, but it is gone\. Run "npm run setup"/,
  ],
])('a file that %s is told with the remedy', (_, content, message) => {
  const file = path.join(folder, 'setup.json');
  if (content !== undefined) writeFileSync(file, content);
  expect(() => setupPaths(file)).toThrow(message);
});
