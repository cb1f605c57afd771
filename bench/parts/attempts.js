import { playStream } from '../support/sale-load.js';
import { startSink } from '../support/servers.js';
import { table } from '../support/tables.js';

const devices = 20_000;
/** The most purchases that one run may have. */
const purchases = 100;

/**
 * Two million orders in one run, of which one in twenty is sold, in a closed model without think time: what a recorded attempt takes,
 * and whether the processes grow by more than that.
 */
export async function measureAttempts() {
  const { bytesOf } = await import('../../dist/history/chunk.js');
  const sink = await startSink(true);
  const samples = [];
  try {
    const played = await playStream({
      port: sink.port,
      users: devices,
      workload: {
        connections: { pool: 64 },
        model: 'closed',
        thinkTime: '0s',
        maxPurchases: purchases,
      },
      arrivals: [{ type: 'uniform', within: '1s' }],
      onSample: (sample) => samples.push(sample),
    });
    let [attempts, bytes] = [0, 0];
    for (const chunk of played.attempts.chunks()) {
      attempts += chunk.length;
      bytes += bytesOf(chunk);
    }
    const at = (share) => samples.find(({ recorded }) => recorded >= share * attempts);
    const [from, to] = [at(0.25), at(0.95)];
    const growth = (field) => (to[field] - from[field]) / (to.recorded - from.recorded);
    return table(
      `${attempts} recorded attempts in one run`,
      [
        'bytes per recorded attempt',
        'growth of all processes, bytes per attempt',
        'of the load process',
      ],
      [
        [
          (bytes / attempts).toFixed(1),
          growth('rssBytes').toFixed(1),
          growth('workerRssBytes').toFixed(1),
        ],
      ],
    );
  } finally {
    await sink.stop();
  }
}
