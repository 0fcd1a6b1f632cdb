/** Names an experiment's folder in the bucket and the spec it was started with. */
export interface ExperimentRef {
  name: string;
  /** sha256 of the spec's canonical JSON. */
  specDigest: string;
}

export interface FetchedDataset {
  /** Digest of the manifest, which every later activity is given. */
  digest: string;
  kind: string;
  /** Number of classes. */
  classes: number;
  /** Images in each split. */
  counts: Record<string, number>;
  /** false: the bucket had this content already. */
  fetched: boolean;
}

export type FetchDataset = (input: { experiment: ExperimentRef }) => Promise<FetchedDataset>;
