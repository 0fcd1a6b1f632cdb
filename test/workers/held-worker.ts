import { Context } from '@temporalio/activity';
import { withFailures } from '../../activities/failures';
import { GPU_QUEUE } from '../../experiment/names';
import { serve } from '../../workers/serve';
import { fakeActivities } from '../workflows/fake-activities';

/**
 * A worker process for the queue byol-gpu whose first pretraining epoch never ends by itself. It tells its parent when
 * it holds one, and when it lets go.
 */
async function main(): Promise<void> {
  process.exitCode = await serve(process.env, async () => {
    const { pretrainEpochs, trainClassifierEpochs, evaluate } = fakeActivities(async ({ activity }) => {
      if (activity !== 'pretrainEpochs') return;
      const { cancellationSignal, heartbeat } = Context.current();
      const pulse = setInterval(() => heartbeat(), 100);
      process.send?.('holding');
      await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
      clearInterval(pulse);
      process.send?.('letting go');
      throw new Error('what a library makes of an abort');
    }).activities;
    const activities = { pretrainEpochs: withFailures(pretrainEpochs), trainClassifierEpochs, evaluate };
    return { taskQueue: GPU_QUEUE, maxConcurrentActivityTaskExecutions: 1, activities };
  });
}

if (require.main === module) void main();
