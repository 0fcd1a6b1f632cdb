/** A setting, or the file that it stands in, cannot be used: one paragraph that names it and says what to do. */
export class SettingsError extends Error {
  readonly retryable = false;
  override readonly name = 'SettingsError';
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
