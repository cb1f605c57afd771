/**
 * A stream of orders as `flashsim run` sends it: the real load-generating processes, from the plan to
 * the record, driven as a run drives them. What a run does around it (a target, a snapshot, the audit)
 * is left out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSecondsOf } from './processes.js';

/** Nanoseconds from "begin" to the opening. */
const openingNs = 5e8;

/**
 * Plays one stream and tells what it took. CPU is of the load-generating processes and of the one
 * that collects what they record, from t = 0 until the last answer: no logins, no start-up.
 *
 * @param options `port` of the server; `users`, each of whom orders once; `arrivals` and `workload` as
 * a scenario has them, or `timesMs`, when each is due; `timeoutMs`; `onSample`, told twice a second how many attempts are recorded and
 * what memory the processes have
 */
export async function playStream(options) {
  const { port, users, timesMs, workload = {}, workers = 1, timeoutMs = 10_000 } = options;
  const { arrivals = [{ type: 'trace', file: 'times', column: 1, opensAt: 0 }] } = options;
  const { runClock, takeEpoch } = await import('../../dist/core/clock.js');
  const { Fleet } = await import('../../dist/engine/fleet.js');
  const { residentBytes } = await import('../../dist/engine/memory.js');
  const { scenarioSchema } = await import('../../dist/scenarios/schema.js');
  const scenario = scenarioSchema.parse({
    name: 'stream',
    target: { http: { baseUrl: `http://127.0.0.1:${port}` } },
    sale: { products: [{ id: 'sneaker-42', stock: 10_000_000 }], opensAt: '500ms' },
    workload: { workers, users, endsAt: '10m', arrivals, ...workload },
    client: { timeout: `${timeoutMs}ms`, retry: { maxAttempts: 1 } },
  });
  // What a scenario's loader does with a file.
  if (timesMs !== undefined) Object.assign(scenario.workload.arrivals[0], { timesMs });
  const folder = await mkdtemp(join(tmpdir(), 'flashsim-bench-stream-'));
  const epoch = takeEpoch();
  const now = runClock(epoch);
  const fleet = new Fleet();
  try {
    const protocol = {
      target: 'http',
      endpoint: { host: '127.0.0.1', port, tls: false },
      basePath: '',
    };
    const shared = {
      runId: 'mf3k2x9a-4f2c',
      workers,
      seed: 42,
      scenario,
      openingNs,
      epoch,
      protocol,
    };
    fleet.start(
      Array.from({ length: workers }, (_, worker) => ({
        ...shared,
        worker,
        journalPath: join(folder, 'orders.journal'),
      })),
    );
    await fleet.reached('prepared');
    const zeroNs = now() + 2e8;
    const before = cpuSeconds(fleet);
    fleet.broadcast({ kind: 'begin', zeroNs, closesNs: undefined });
    const sample = () => {
      const workerRssBytes = residentBytes(fleet.processIds);
      const rssBytes = workerRssBytes + process.memoryUsage.rss();
      options.onSample({ recorded: fleet.attempts.length, rssBytes, workerRssBytes });
    };
    // To look costs CPU, which is not the load's.
    const sampling = options.onSample === undefined ? undefined : setInterval(sample, 500);
    await fleet.reached('drained');
    clearInterval(sampling);
    const after = cpuSeconds(fleet);
    const rssBytes = residentBytes(fleet.processIds);
    fleet.broadcast({ kind: 'finish' });
    await fleet.reached('finished');
    return {
      cpuSeconds: after - before,
      rssBytes,
      ownRssBytes: process.memoryUsage.rss(),
      figures: fleet.figures,
      attempts: fleet.attempts,
      /** The run's clock at a reading of `process.hrtime()`. */
      nsAt: ([seconds, nanoseconds]) =>
        (seconds - epoch.seconds) * 1e9 + (nanoseconds - epoch.nanoseconds),
    };
  } finally {
    await fleet.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the orders of a stream came to: latencies and lateness in µs, and when they were sent. */
export async function ordersOf({ attempts }) {
  const { LatencyHistogram } = await import('../../dist/metrics/histogram.js');
  const { operationIndexOfKind } = await import('../../dist/history/chunk.js');
  const { operations } = await import('../../dist/history/vocabulary.js');
  const order = operations.indexOf('order');
  const [service, response, lateness] = Array.from({ length: 3 }, () => new LatencyHistogram());
  let [count, failed, firstNs, lastNs] = [0, 0, Number.POSITIVE_INFINITY, 0];
  for (const { length, kind, status, scheduledNs, sentNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      if (operationIndexOfKind(kind[row]) !== order) continue;
      count += 1;
      if (status[row] !== 201) failed += 1;
      if (Number.isNaN(sentNs[row])) continue;
      firstNs = Math.min(firstNs, sentNs[row]);
      lastNs = Math.max(lastNs, sentNs[row]);
      lateness.record((sentNs[row] - scheduledNs[row]) / 1000);
      service.record((doneNs[row] - sentNs[row]) / 1000);
      response.record((doneNs[row] - scheduledNs[row]) / 1000);
    }
  }
  return { count, failed, service, response, lateness, spreadMs: (lastNs - firstNs) / 1e6 };
}

function cpuSeconds(fleet) {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + cpuSecondsOf(fleet.processIds);
}
