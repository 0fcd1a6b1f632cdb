import { CliFailure, exitCodes } from './failure';

const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of 90s, 20m, 1h30m or 2d. @throws {CliFailure} */
export function parseDuration(text: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([smhd])/gi)];
  const whole = parts.map(([part]) => part).join('') === text.trim().replace(/(?<=[smhd])\s+/gi, '');
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * seconds[unit!.toLowerCase() as 's'], 0);
  if (parts.length > 0 && whole && total > 0) return total;
  throw new CliFailure(
    exitCodes.input,
    `time=${text} is no length of time: write a number with s, m, h or d, such as time=20m, time=1h30m or time=2d.`,
  );
}

/** A length of time for people: "40 seconds", "14 minutes", "3.5 hours", "2.1 days". */
export function shownDuration(of: number): string {
  if (of < 1.5) return '1 second';
  if (of < 90) return `${Math.round(of)} seconds`;
  if (of < 90 * 60) return `${Math.round(of / 60)} minutes`;
  if (of < 36 * 3600) return `${(of / 3600).toFixed(1)} hours`;
  return `${(of / 86_400).toFixed(1)} days`;
}
