import { Command } from 'commander';

export function doctorCommand(): Command {
  return new Command('doctor').description('show what is there, in which version, and what is missing');
}
