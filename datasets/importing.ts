/** What an importer is given beside the store and the source. */
export interface Importing {
  /** Folder for files on their way; may be deleted when nothing runs. */
  scratch: string;
  /** Aborted: the import ends with the signal's own reason. */
  signal: AbortSignal;
  /** Called often; bytes of the file or archive that have come so far. `message` says it better where it is given. */
  onProgress: (progress: { file: string; bytes: number; totalBytes?: number; message?: string }) => void;
}
