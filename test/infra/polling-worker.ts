import { NativeConnection, Worker } from '@temporalio/worker';

/** A worker that does nothing but poll, started by the dev stack under test as if it were one of its own. */
async function main(): Promise<void> {
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? 'missing' });
  const activities = { nothing: async () => 'nothing' };
  const worker = await Worker.create({ connection, taskQueue: 'byol-test', activities });
  process.on('SIGTERM', () => worker.shutdown());
  process.on('disconnect', () => process.exit(1));
  process.send?.('ready');
  await worker.run();
  await connection.close();
  process.exit(0);
}

if (require.main === module) void main();
