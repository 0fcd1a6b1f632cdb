/** How to reach a dev stack that runs on this machine (`byol up`). */
export interface StackConnection {
  temporal: { address: string; uiUrl: string; namespace: string };
  s3: { endpoint: string; bucket: string; region: string };
  credentials: { accessKeyId: string; secretAccessKey: string };
}
