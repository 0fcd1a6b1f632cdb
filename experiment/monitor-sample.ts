/** Unlabelled images on whose embeddings spread, effective rank, alignment and uniformity are measured. */
export const monitorSample = 512;
