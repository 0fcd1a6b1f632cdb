import type { Connection } from '@temporalio/client';
import { searchAttributeNames } from '../experiment/names';

type OperatorService = Connection['operatorService'];

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD

/** Those of our search attributes that a namespace does not know. */
export async function missingSearchAttributes(operator: OperatorService, namespace: string): Promise<string[]> {
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  return searchAttributeNames.filter((name) => customAttributes?.[name] === undefined);
}

export async function addSearchAttributes(
  operator: OperatorService,
  namespace: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
  await operator.addSearchAttributes({ namespace, searchAttributes });
}
