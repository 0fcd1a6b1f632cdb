import type { Importing } from '../importing';

/** Milliseconds between two messages. */
const often = 500;

/** Tells how many of `total` files are done, how fast, and how long the rest takes. */
export function progressOf(what: string, total: number, onProgress: Importing['onProgress']): (done: number) => void {
  const begun = Date.now();
  let told = 0;
  return (done) => {
    const now = Date.now();
    if (now - told < often && done !== total) return;
    told = now;
    const perSecond = (done * 1000) / Math.max(1, now - begun);
    const left = Math.ceil((total - done) / Math.max(perSecond, 1e-3));
    const message =
      `${what} ${done.toLocaleString('en')} of ${total.toLocaleString('en')} files, ${Math.round(perSecond)} files/s` +
      (done === total ? '' : `, about ${left} s left`);
    onProgress({ file: what, bytes: done, totalBytes: total, message });
  };
}
