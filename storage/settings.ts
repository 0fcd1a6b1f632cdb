import { z } from 'zod';

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

/** Where the bucket is. Credentials come from the environment alone; without them the SDK's default chain is asked. */
export const storageSettings = z.strictObject({
  bucket: z
    .string({ error: 'name the bucket' })
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'use 3 to 63 of a-z, 0-9, "." and "-"'),
  prefix: z
    .string()
    .default('')
    .transform((prefix) => prefix.replace(/^\/+|\/+$/g, ''))
    .pipe(
      z.string().regex(/^$|^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, 'use words joined by "/"'),
    ),
  endpoint: z.url({ protocol: /^https?$/, error: 'use a URL such as http://127.0.0.1:8333' }).optional(),
  region: z.string().min(1).default('us-east-1'),
  forcePathStyle: flag.optional(),
  checksums: z.enum(['when-supported', 'when-required']).optional(),
  accessKeyId: z.string().min(1).optional(),
  secretAccessKey: z.string().min(1).optional(),
});
type Parsed = z.output<typeof storageSettings>;

/** Settings with every default filled in. */
export interface StorageSettings extends Parsed {
  forcePathStyle: boolean;
  checksums: 'when-supported' | 'when-required';
}

export class StorageSettingsError extends Error {
  readonly retryable = false;
  override readonly name = 'StorageSettingsError';
}

type Texts = Record<string, string | undefined>;

/** Names as in the config file's [storage] section. */
export interface StorageSection {
  bucket?: unknown;
  prefix?: unknown;
  endpoint?: unknown;
  region?: unknown;
  force_path_style?: unknown;
  checksums?: unknown;
}

/** The environment's name for each setting. */
export const environmentNames = {
  bucket: 'BYOL_BUCKET',
  prefix: 'BYOL_PREFIX',
  endpoint: 'BYOL_S3_ENDPOINT',
  region: 'AWS_REGION',
  forcePathStyle: 'BYOL_S3_FORCE_PATH_STYLE',
  checksums: 'BYOL_S3_CHECKSUMS',
} as const;

/**
 * Merges environment and config file, of which the environment wins. A session token in the environment leaves the
 * credentials to the SDK's default chain. (Those of a running stack stand alone: parseStorageSettings.)
 * @throws StorageSettingsError naming each value that is not usable
 */
export function resolveStorageSettings(sources: {
  environment: Texts;
  file?: StorageSection | undefined;
}): StorageSettings {
  const { environment, file = {} } = sources;
  const { force_path_style: forcePathStyle, ...rest } = file;
  const own = {
    ...defined({ ...rest, forcePathStyle }),
    ...defined(Object.fromEntries(Object.entries(environmentNames).map(([key, name]) => [key, environment[name]]))),
  };
  return parseStorageSettings({ ...own, ...credentialsFrom(environment) });
}

function credentialsFrom(environment: Texts): { accessKeyId?: string; secretAccessKey?: string } {
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey || environment['AWS_SESSION_TOKEN']) return {};
  return { accessKeyId, secretAccessKey };
}

/** @throws StorageSettingsError */
export function parseStorageSettings(value: unknown): StorageSettings {
  const parsed = storageSettings.safeParse(value);
  if (!parsed.success) throw new StorageSettingsError(explain(parsed.error));
  const settings = parsed.data;
  const custom = settings.endpoint !== undefined;
  return {
    ...settings,
    forcePathStyle: settings.forcePathStyle ?? custom,
    checksums: settings.checksums ?? (custom ? 'when-required' : 'when-supported'),
  };
}

function explain(error: z.ZodError): string {
  const problems = error.issues.map((issue) => {
    const field = issue.path.join('.');
    const variable = environmentNames[field as keyof typeof environmentNames];
    return `${field || 'storage'}${variable ? ` (${variable})` : ''}: ${issue.message}`;
  });
  return (
    `The settings of object storage are not usable: ${problems.join('; ')}. Set them in the environment or in the ` +
    `[storage] section of the config file, or start a local store with "byol up".`
  );
}

/** Without the values that are undefined, or empty as in `BYOL_PREFIX=`. */
function defined(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
}
