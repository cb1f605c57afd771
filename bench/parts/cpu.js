import { isThere, peers, runPeer } from '../support/peers.js';
import { startSink } from '../support/servers.js';
import { median, table } from '../support/tables.js';

const rate = 2_000;
const connections = 64;
/**
 * CPU is the slope between a short and a long run, so that no start-up is in it: nor is the compiling of
 * what turns out to be hot, and the sweeping up after the start, which Node does some 8 s later.
 */
const shortS = 10;
const longS = 22;

/**
 * CPU seconds for each 100,000 requests at 2,000/s, the rate that was achieved, and memory: every tool
 * in turn, round by round, against one sink.
 */
export async function measureCpu({ folder, rounds, only }) {
  const names = Object.keys(peers).filter((name) => isThere(name) && only(name));
  const sink = await startSink();
  const found = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      // Nobody goes first each time.
      for (const name of names.map((_, index) => names[(index + round) % names.length])) {
        const [short, long] = [await counted(name, shortS), await counted(name, longS)];
        const per100k =
          ((long.cpuSeconds - short.cpuSeconds) / (long.requests - short.requests)) * 1e5;
        found[name].push({ per100k, perS: long.requests / longS, rssBytes: long.rssBytes });
        console.log(
          `round ${round + 1} ${name}: ${per100k.toFixed(2)} CPU s, ${(long.requests / longS).toFixed(0)}/s`,
        );
      }
    }
  } finally {
    await sink.stop();
  }

  async function counted(name, seconds) {
    const before = await sink.requests();
    const job = { port: sink.port, rate, seconds, connections, folder };
    const result = await runPeer(name, job);
    // Logins are none of the load, and asking is a request too.
    const requests = result.requests ?? (await sink.requests()) - before - 1;
    return { ...result, requests };
  }

  const of = (name, field) => median(found[name].map((one) => one[field]));
  const own = names.includes('flashsim') ? of('flashsim', 'per100k') : Number.NaN;
  return table(
    `CPU at ${rate}/s, ${connections} connections, median of ${rounds}; sink ${sink.name}`,
    ['tool', 'CPU s per 100,000', 'flashsim takes', 'achieved/s', 'memory MB', 'does less'],
    names.map((name) => [
      name,
      of(name, 'per100k').toFixed(2),
      `×${(own / of(name, 'per100k')).toFixed(2)}`,
      of(name, 'perS').toFixed(0),
      (of(name, 'rssBytes') / 1e6).toFixed(0),
      peers[name].note ?? '',
    ]),
  );
}
