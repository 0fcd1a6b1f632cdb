import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { setupPaths } from '../../infra/setup-paths';
import { ByolDataset, ByolExperiment, ByolStage, ByolStatus } from '../../workflows/search-attributes';

/** Temporal's number for the type Keyword. */
const INDEXED_KEYWORD = 2;
const searchAttributes = [ByolExperiment, ByolDataset, ByolStage, ByolStatus];

/** Who the tests are in a history: the SDK's default names the machine, and histories are committed. */
export const IDENTITY = 'test';

/** Keeps the warnings about activities that a test lets fail out of its output. To be called before anything starts. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
}

/**
 * A real Temporal server in memory, on loopback, which knows our search attributes.
 *
 * @param options `port`: a free one unless it is given; `extraArgs`: further arguments of `temporal server start-dev`
 */
export async function startTemporal(
  options: { port?: number; extraArgs?: string[] } = {},
): Promise<TestWorkflowEnvironment> {
  const path = setupPaths().temporal;
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path }, searchAttributes, ...options },
    client: { identity: IDENTITY },
  });
}

/** Temporal's test server, which skips the time in which nothing happens. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = setupPaths().testServer;
  if (!path) throw new Error('Temporal\'s test server is not set up: run "npm run setup -- --test" first.');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
    client: { identity: IDENTITY },
  });
  const attributes = searchAttributes.map(({ name }) => [name, INDEXED_KEYWORD] as const);
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(attributes),
  });
  return environment;
}
