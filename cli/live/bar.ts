import { span, type Line, type Tone } from './spans';

/** A bar of `width` columns, `share` of it filled. */
export function bar(share: number, width: number, tone: Tone): Line {
  const filled = Math.round(width * Math.min(1, Math.max(0, share)));
  return [span('█'.repeat(filled), tone), span('░'.repeat(width - filled), 'dim')];
}
