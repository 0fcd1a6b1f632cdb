import { Command } from 'commander';

export function upCommand(): Command {
  return new Command('up').description(
    'run Temporal, object storage and the workers on this machine, in the foreground',
  );
}
