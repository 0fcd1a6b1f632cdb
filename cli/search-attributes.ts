import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { searchAttributeNames as names } from '../experiment/names';
import { addSearchAttributes, missingSearchAttributes } from '../infra/search-attributes';
import { CliFailure, exitCodes } from './failure';
import { reason } from './temporal';

const keyword = (name: (typeof names)[number]) => defineSearchAttributeKey(name, 'KEYWORD');

/** What an experiment or a sweep is findable by from its first moment; the workflows keep stage and status up to date. */
export function searchAttributes(name: string, dataset: string): SearchAttributePair[] {
  return [
    { key: keyword('ByolExperiment'), value: name },
    { key: keyword('ByolDataset'), value: dataset },
    { key: keyword('ByolStage'), value: 'fetch' },
    { key: keyword('ByolStatus'), value: 'running' },
  ];
}

/**
 * Makes sure that the server knows the four search attributes, and registers those that are missing.
 * @throws {CliFailure} with the commands for an administrator where this client may not register them
 */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  let missing: readonly string[] = names;
  try {
    missing = await missingSearchAttributes(operatorService, namespace);
    await addSearchAttributes(operatorService, namespace, missing);
  } catch (error) {
    const commands = missing.map(
      (name) => `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`,
    );
    throw new CliFailure(
      exitCodes.unreachable,
      `The Temporal namespace "${namespace}" lacks search attributes that experiments use, and this client may not register ` +
        `them (${reason(error)}). Let an administrator run:\n  ${commands.join('\n  ')}`,
      { cause: error },
    );
  }
}
