import { InvalidArgumentError, Option } from 'commander';

/** Whose encoder. */
export const seedOption = () =>
  new Option('--seed <n>', "whose encoder (default: the experiment's first)").argParser((text) => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('a whole number.');
  });
