import { isThere, peers, runPeer } from '../support/peers.js';
import { startKnownServer } from '../support/servers.js';
import { median, percentile, table } from '../support/tables.js';

const delayMs = 50;
/** Rates, and how long each is kept up. */
const rates = [
  [40, 5],
  [200, 4],
  [2_000, 4],
];
const peerRates = [
  [200, 5],
  [2_000, 5],
];

/** What a tool says of latency beside what the server measured itself, which takes 50 ms for every order. */
export async function measureTruth({ folder, rounds, only }) {
  const names = Object.keys(peers).filter(
    (name) => isThere(name) && only(name) && name !== 'flashsim in bursts',
  );
  const rows = [];
  for (const name of names) {
    const plan = name === 'flashsim' ? rates : peerRates;
    for (const [rate, seconds] of plan) {
      const runs = [];
      for (let round = 0; round < (name === 'flashsim' ? rounds : 1); round += 1) {
        const run = await compared(name, { rate, seconds, folder });
        if (run === undefined) continue;
        runs.push(run);
        console.log(`${name} ${rate}/s: p50 ${signed(run.p50)}, p99 ${signed(run.p99)} ms`);
      }
      if (runs.length === 0) continue;
      const of = (field) => signed(median(runs.map((run) => run[field])));
      rows.push([
        name,
        String(rate),
        `${median(runs.map(({ trueP50 }) => trueP50)).toFixed(2)} / ${median(runs.map(({ trueP99 }) => trueP99)).toFixed(2)}`,
        of('p50'),
        of('p99'),
        name === 'flashsim' ? `${of('serviceP50')} / ${of('serviceP99')}` : '',
      ]);
    }
  }
  return table(
    `Latency against a server that takes ${delayMs} ms: error in ms, median of ${rounds} for flashsim`,
    [
      'tool',
      'rate/s',
      'server’s own p50 / p99',
      'p50 error',
      'p99 error',
      'service p50 / p99 error',
    ],
    rows,
  );
}

const signed = (value) =>
  Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}` : '';

/** undefined when the tool tells no percentiles. */
async function compared(name, { rate, seconds, folder }) {
  const server = await startKnownServer({ delayMs });
  try {
    const connections = Math.max(10, Math.ceil((rate / 1000) * delayMs * 2));
    const job = { port: server.port, rate, seconds, connections, folder, serverMs: delayMs };
    const told = await runPeer(name, job);
    const truthMs = (await server.ask('durations')).map((us) => us / 1000);
    if (!Number.isFinite(told.p50Ms)) return undefined;
    const [trueP50, trueP99] = [percentile(truthMs, 50), percentile(truthMs, 99)];
    return {
      trueP50,
      trueP99,
      p50: told.p50Ms - trueP50,
      p99: told.p99Ms - trueP99,
      serviceP50: told.serviceP50Ms - trueP50,
      serviceP99: told.serviceP99Ms - trueP99,
    };
  } finally {
    await server.stop();
  }
}
