import { toTorchShape } from '../torch-layout';
import { WeightsError } from './weights-error';

/** A weight of the backbone, by torchvision's name, shape as TensorFlow has it. */
export interface WantedTensor {
  name: string;
  shape: readonly number[];
}

export interface MatchedTensor extends WantedTensor {
  /** Its name in the file. */
  from: string;
}

const mostListed = 8;
const longestPrefix = 100;

/**
 * Finds the backbone's weights among those of a file with torchvision's names and layouts. The classifier layer `fc.*` and
 * the counters `num_batches_tracked` are left out.
 *
 * @param given shapes by name, as PyTorch has them
 * @throws WeightsError that names what is missing, what is unexpected and what has another shape
 */
export function matchBackbone(
  wanted: readonly WantedTensor[],
  given: ReadonlyMap<string, readonly number[]>,
): { tensors: MatchedTensor[]; remarks: string[] } {
  const names = [...given.keys()].filter((name) => !name.endsWith('num_batches_tracked'));
  const prefix = commonPrefix(names, wanted);
  const tensors = wanted.map((tensor) => ({ ...tensor, from: prefix + tensor.name }));
  const known = new Set(tensors.map(({ from }) => from));
  const head = names.filter((name) => /^fc\.(weight|bias)$/.test(name.slice(prefix.length)));
  const missing = tensors.filter(({ from }) => !given.has(from)).map(({ from }) => from);
  const unexpected = names.filter((name) => !known.has(name) && !head.includes(name));
  const misshapen = tensors.flatMap(({ from, shape }) => {
    const [is, should] = [given.get(from), toTorchShape(shape)];
    return is && is.join() !== should.join()
      ? [`${shownName(from)} has [${is.join(', ')}] and should have [${should.join(', ')}]`]
      : [];
  });
  const problems = [
    ...listed('missing', missing.map(shownName)),
    ...listed('not known', unexpected.map(shownName)),
    ...listed('of another shape', misshapen),
  ];
  if (problems.length > 0)
    throw new WeightsError(
      `its weights are not those of this spec's network (${problems.join('; ')}). Names and layouts must be torchvision's, ` +
        `and model.backbone, model.stem, model.width and the images' channels those that it was trained with`,
    );
  const classes = given.get(`${prefix}fc.bias`)?.[0];
  return {
    tensors,
    remarks: [
      ...(prefix === '' ? [] : [`the prefix ${JSON.stringify(prefix)} of every name was passed over`]),
      ...(head.length === 0
        ? []
        : [
            `its classifier layer${classes === undefined ? '' : ` (${classes} classes)`} was left out: every arm trains its own`,
          ]),
    ],
  };
}

/** What stands before every name: DataParallel's "module.", or the attribute of a wrapper, such as "backbone.". */
function commonPrefix(names: readonly string[], [first]: readonly WantedTensor[]): string {
  if (!first) return '';
  const found = names
    .filter((name) => name.endsWith(`.${first.name}`))
    .map((name) => name.slice(0, -first.name.length));
  // The first convolution's name is also the end of those within blocks, whose prefix is longer.
  const shortest = found.sort((a, b) => a.length - b.length)[0] ?? '';
  return shortest.length <= longestPrefix && names.every((name) => name.startsWith(shortest)) ? shortest : '';
}

/** A file's names are whatever someone wrote there. */
const shownName = (name: string): string =>
  /^[\w.:/-]+$/.test(name) ? name.slice(0, 200) : JSON.stringify(name.slice(0, 200));

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, mostListed);
  const more = names.length - shown.length;
  return [`${names.length} ${what}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}
