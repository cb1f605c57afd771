import { nsPerMs, runClock, takeEpoch } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { deviceIdOf, keyOf, userIdOf } from '../history/attempt.ts';
import { pendingCode } from '../history/vocabulary.ts';
import { targets } from '../targets/registry.ts';
import type { WireResponse } from '../targets/target.ts';
import { type ClosedLoopAnswer, runClosedLoop } from '../transport/saturation.ts';
import type { FromSaturation, SaturatedWork, SaturationJob } from './saturation-job.ts';
import { urlRequest } from './saturation-url.ts';

/**
 * A process that loads a server with one number of connections for one step, and ends. A process for
 * each step: what the step before has left in memory slows the next one down in no way.
 */

interface Work {
  readonly next: () => Buffer;
  readonly judge: (response: WireResponse) => ClosedLoopAnswer;
}

async function workOf(work: SaturatedWork, firstRequest: number): Promise<Work> {
  if (work.kind === 'url') {
    const bytes = urlRequest(work);
    return {
      next: () => bytes,
      judge: ({ status }) => {
        const good = status >= 200 && status < 300;
        return { good, code: good ? 'ok' : `status-${status}` };
      },
    };
  }
  const { spec, operation, productId, runId, tokens } = work;
  const protocol = await targets[spec.target as keyof typeof targets].createProtocol(spec);
  let request = firstRequest;
  return {
    next: () => {
      const user = request % tokens.length;
      request += 1;
      return protocol.request(operation, {
        userId: userIdOf(user),
        deviceId: deviceIdOf(user, 0),
        token: tokens[user] ?? '',
        productId,
        ...(operation === 'order' ? { quantity: 1, key: keyOf(runId, request, 0) } : {}),
      });
    },
    judge: (response) => {
      const { outcome, code } = protocol.classify(operation, response);
      // An order that was taken for later is what an asynchronous server is asked for.
      return { good: outcome === 'ok' || code === pendingCode, code };
    },
  };
}

async function play(job: SaturationJob): Promise<FromSaturation> {
  const now = runClock(takeEpoch());
  const work = await workOf(job.work, job.firstRequest);
  const endpoint = job.work.kind === 'url' ? job.work.endpoint : job.work.spec.endpoint;
  const startNs = now();
  const cpu = process.cpuUsage();
  const tls = job.work.kind === 'url' ? undefined : job.work.spec.tls;
  const figures = await runClosedLoop({ ...job, ...work, endpoint, now, tls });
  const { user, system } = process.cpuUsage(cpu);
  const elapsedMs = (now() - startNs) / nsPerMs;
  return { kind: 'figures', figures, cpuSeconds: (user + system) / 1_000_000, elapsedMs };
}

function send(message: FromSaturation): void {
  if (process.connected) process.send?.(message, () => process.disconnect());
}

process.once('message', (job: SaturationJob) => {
  play(job).then(send, (error: unknown) => send({ kind: 'failed', message: messageOf(error) }));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group: the coordinator decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
