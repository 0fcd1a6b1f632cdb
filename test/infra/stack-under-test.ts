import path from 'node:path';
import { devStackOptions, type DevStackFlags, type DevStackOptions } from '../../infra/dev-stack/options';
import { freePort } from '../../infra/dev-stack/ports';

/** A stack on free ports with one idle worker; `lines` collects what it prints. */
export async function stackUnderTest(
  dataDir: string,
  flags: DevStackFlags = {},
): Promise<DevStackOptions & { lines: string[] }> {
  const taken = new Set<number>();
  const port = async () => {
    const free = await freePort(taken);
    taken.add(free);
    return String(free);
  };
  const ports = { temporalPort: await port(), uiPort: await port(), s3Port: await port() };
  const lines: string[] = [];
  const options = devStackOptions({ ...ports, dataDir, ...flags }, process.env, {
    busyDefault: 'fail',
    print: (line) => lines.push(line),
  });
  const script = path.join(__dirname, 'polling-worker.js');
  return { ...options, workers: [{ name: 'worker', script }], lines };
}
