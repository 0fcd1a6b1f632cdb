import { StoredTensor } from './torch-pickle';
import { WeightsError } from './weights-error';

/** Where training scripts keep the state dict of the network in a checkpoint. */
const places = ['state_dict', 'model', 'model_state_dict'];

/**
 * The tensors of a state dict, by name; one that lies in a checkpoint under one of the usual names is found there.
 *
 * @throws WeightsError where there is none, saying what is there
 */
export function stateDictOf(value: unknown): { tensors: Map<string, StoredTensor>; remarks: string[] } {
  const place = value instanceof Map ? places.find((name) => value.get(name) instanceof Map) : undefined;
  const dict: unknown = place === undefined ? value : (value as Map<unknown, unknown>).get(place);
  if (!(dict instanceof Map)) throw new WeightsError(`it holds ${nounOf(dict)} and no state dict; ${remedy}`);
  const entries = [...(dict as Map<unknown, unknown>)];
  const other = entries.find(([name, tensor]) => typeof name !== 'string' || !(tensor instanceof StoredTensor));
  if (other)
    throw new WeightsError(
      `it holds no state dict: under ${typeof other[0] === 'string' ? JSON.stringify(other[0].slice(0, 100)) : nounOf(other[0])} there is ${nounOf(other[1])}; ${remedy}`,
    );
  return {
    tensors: new Map(entries as [string, StoredTensor][]),
    remarks: place === undefined ? [] : [`the weights were taken from "${place}" of the file, a checkpoint`],
  };
}

const remedy = 'save the network alone, with torch.save(model.state_dict(), path)';

function nounOf(value: unknown): string {
  if (value instanceof StoredTensor) return 'a tensor';
  if (value instanceof Map) return 'a dict';
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'None' : `a ${typeof value}`;
}
