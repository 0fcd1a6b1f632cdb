// @ts-check

/** A set-up problem that the user can mend: its message is one paragraph that says what is wrong and what to do. */
export class SetupError extends Error {
  /** @param {string} message one paragraph: what is wrong, where, and the remedy */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}
