import { messageOf } from '../core/errors.ts';
import { OrderJournal } from '../history/journal.ts';
import { targets } from '../targets/registry.ts';
import { Worker } from './worker.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

/**
 * A load-generating process. It lives as long as its channel to the coordinator: when that breaks,
 * however it broke, nothing is sent any more and the process ends.
 */
let worker: Worker | undefined;

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'prepare': {
      const protocol = await targets[
        message.job.protocol.target as keyof typeof targets
      ].createProtocol(message.job.protocol);
      const journal = await OrderJournal.open(message.job.journalPath);
      worker = new Worker(message.job, protocol, journal, send);
      return worker.prepare();
    }
    case 'begin':
      return worker?.begin(message.zeroNs, message.closesNs);
    case 'halt':
      return worker?.halt();
    case 'resolve':
      return worker?.resolve();
    case 'finish':
      await worker?.finish();
      if (worker === undefined) process.disconnect();
      return;
    case 'control':
      return worker?.prepareControl(message.productId);
    case 'control-begin':
      return worker?.playControl(message.startNs);
  }
}

process.on('message', (message: ToWorker) => {
  handle(message).catch((error: unknown) => {
    send({
      kind: 'failed',
      message: error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error),
    });
  });
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group: the coordinator decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
