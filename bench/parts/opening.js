import { ordersOf, playStream } from '../support/sale-load.js';
import { startSink } from '../support/servers.js';
import { median, table } from '../support/tables.js';

const devices = 10_000;
const workers = 2;

/** An opening: 10,000 people on warm connections click at one instant, from two load processes. */
export async function measureOpening({ rounds }) {
  const sink = await startSink();
  const runs = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const played = await playStream({
        port: sink.port,
        users: devices,
        workers,
        arrivals: [{ type: 'herd' }],
      });
      const { count, failed, spreadMs, lateness, response } = await ordersOf(played);
      runs.push({
        spreadMs,
        lateMs: lateness.percentile(99) / 1000,
        answeredMs: response.max / 1000,
      });
      console.log(
        `round ${round + 1}: ${count} orders, first to last write ${spreadMs.toFixed(1)} ms, ${failed} failed`,
      );
    }
  } finally {
    await sink.stop();
  }
  const of = (field) => median(runs.map((run) => run[field])).toFixed(1);
  return table(
    `Opening: ${devices} warm connections, ${workers} load processes, median of ${rounds}; sink ${sink.name}`,
    ['first to last write ms', 'lateness p99 ms', 'last answer ms after the opening'],
    [[of('spreadMs'), of('lateMs'), of('answeredMs')]],
  );
}
