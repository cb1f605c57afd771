import { ordersOf, playStream } from '../support/sale-load.js';
import { startSink } from '../support/servers.js';
import { median, table } from '../support/tables.js';

const rates = [5_000];
const seconds = 4;

/** How late requests are begun after they were due, by one load-generating process before a sink. */
export async function measureLateness({ rounds }) {
  const sink = await startSink();
  const rows = [];
  try {
    for (const rate of rates) {
      const runs = [];
      for (let round = 0; round < rounds; round += 1) {
        const { lateness, failed, count } = await ordersOf(
          await playStream({
            port: sink.port,
            users: rate * seconds,
            workload: { connections: { pool: 256 } },
            arrivals: [{ type: 'poisson', rate: `${rate}/s` }],
          }),
        );
        const [p50, p99, p999] = [50, 99, 99.9].map((p) => lateness.percentile(p) / 1000);
        runs.push({ p50, p99, p999 });
        console.log(
          `${rate}/s: p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)} ms late; ${failed} of ${count} failed`,
        );
      }
      const of = (field) => median(runs.map((run) => run[field])).toFixed(2);
      rows.push([String(rate), of('p50'), of('p99'), of('p999')]);
    }
  } finally {
    await sink.stop();
  }
  return table(
    `Start lateness in ms, one load process, Poisson stream, median of ${rounds}; sink ${sink.name}`,
    ['rate/s', 'p50', 'p99', 'p99.9'],
    rows,
  );
}
