import { ordersOf, playStream } from '../support/sale-load.js';
import { startKnownServer } from '../support/servers.js';
import { table } from '../support/tables.js';

const rate = 1_000;
const seconds = 4;
const stall = { atMs: 1_000, forMs: 1_000 };

/**
 * A server that takes 5 ms and stands still for a second. Every request that was due while it stood
 * still has waited for its end, and its response time has to say so (no coordinated omission).
 */
export async function measureStall() {
  const server = await startKnownServer({ delayMs: 5, stall });
  try {
    const played = await playStream({
      port: server.port,
      users: rate * seconds,
      workload: { connections: { pool: 2_000 } },
      arrivals: [{ type: 'constant', rate: `${rate}/s` }],
    });
    const { response } = await ordersOf(played);
    const { from, to } = await server.ask('stall');
    const still = { fromNs: played.nsAt(from), toNs: played.nsAt(to) };
    const { hidden, due } = await dueWhile(played, still);
    return table(
      `A server that stands still for ${stall.forMs} ms, ${rate}/s for ${seconds} s`,
      [
        'stood still for ms',
        'requests due meanwhile',
        'whose response time hides it',
        'p99 ms',
        'max ms',
      ],
      [
        [
          ((still.toNs - still.fromNs) / 1e6).toFixed(1),
          String(due),
          String(hidden),
          (response.percentile(99) / 1000).toFixed(1),
          (response.max / 1000).toFixed(1),
        ],
      ],
    );
  } finally {
    await server.stop();
  }
}

/** Orders that were due while the server stood still: none can have had an answer before it moved again. */
async function dueWhile({ attempts }, { fromNs, toNs }) {
  const { operationIndexOfKind } = await import('../../dist/history/chunk.js');
  const { operations } = await import('../../dist/history/vocabulary.js');
  const order = operations.indexOf('order');
  let [due, hidden] = [0, 0];
  for (const { length, kind, scheduledNs, doneNs } of attempts.chunks()) {
    for (let row = 0; row < length; row += 1) {
      const dueNs = scheduledNs[row];
      if (operationIndexOfKind(kind[row]) !== order || dueNs < fromNs || dueNs > toNs) continue;
      due += 1;
      // What the report has of it, which is its response time, has to hold the rest of the stall.
      if (doneNs[row] - dueNs < toNs - dueNs) hidden += 1;
    }
  }
  return { due, hidden };
}
