import type { StackInfo } from './stack-file';

type Environment = Record<string, string | undefined>;

/** Settings that would lead a worker of the local stack to someone's cluster or account. */
const foreign = /^(AWS_|TEMPORAL_|BYOL_BUCKET|BYOL_PREFIX|BYOL_S3_)/;

/** The AWS SDK warns on every start that its versions of 2027 will want node 22; the lockfile holds this one. */
const quietAws = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** What the workers of the stack are started with; the same names point workers on a cluster to theirs. */
export function workerEnvironment(
  environment: Environment,
  { temporal, s3, credentials }: Pick<StackInfo, 'temporal' | 's3' | 'credentials'>,
): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: s3.region,
    BYOL_BUCKET: s3.bucket,
    BYOL_S3_ENDPOINT: s3.endpoint,
    ...quietAws,
  };
}
