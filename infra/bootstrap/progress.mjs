// @ts-check

const seconds = (/** @type {number} */ since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const megabytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e6)} MB`;

/** Progress goes to stderr, so that what the command itself prints can be piped. */
export const progress = {
  /** @param {string} text */
  note(text) {
    process.stderr.write(`${text}\n`);
  },

  /**
   * One part of set-up: a line when it begins, one every ten seconds while it lasts, one when it is done.
   * @template T
   * @param {string} title
   * @param {{ bytes?: number, sofar?: () => number }} size what it will download, and how much has come
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async part(title, size, work) {
    const from = Date.now();
    const total = size.bytes ? ` (${megabytes(size.bytes)})` : '';
    progress.note(`  ... ${title}${total}`);
    const tick = setInterval(() => {
      const come =
        size.sofar && size.bytes
          ? `${megabytes(Math.min(size.sofar(), size.bytes))} of ${megabytes(size.bytes)}, `
          : '';
      progress.note(`      ${title}: ${come}${seconds(from)} so far`);
    }, 10_000);
    try {
      const result = await work();
      progress.note(`  ok  ${title}${total} in ${seconds(from)}`);
      return result;
    } finally {
      clearInterval(tick);
    }
  },
};
