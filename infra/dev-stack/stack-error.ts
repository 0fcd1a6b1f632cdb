/** A dev stack that cannot start, or that something is wrong with: one paragraph with the remedy. */
export class DevStackError extends Error {
  override readonly name = 'DevStackError';
  /** The remedy, apart from the message, for those who print both. */
  readonly remedy: string;
  constructor(what: string, remedy: string, options?: ErrorOptions) {
    super(what, options);
    this.remedy = remedy;
  }
}

/** Another process runs a stack on the data folder, or is about to. */
export class StackClaimedError extends DevStackError {}
