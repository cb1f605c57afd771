/** flashsim's engine at a rate: one load-generating process, and the one that collects the record. */
import { ordersOf, playStream } from '../support/sale-load.js';
import { readJob } from './work.js';

const job = readJob();
const users = job.rate * job.seconds;
const played = await playStream({
  port: job.port,
  users,
  workload: { connections: { pool: job.connections } },
  ...(job.bursts
    ? { timesMs: Array.from({ length: users }, (_, n) => Math.floor(n / job.rate) * 1_000) }
    : { arrivals: [{ type: 'constant', rate: `${job.rate}/s` }] }),
});
const { count, failed, service, response, lateness } = await ordersOf(played);
const msOf = (histogram, percentile) => histogram.percentile(percentile) / 1000;
console.log(
  JSON.stringify({
    requests: count,
    wrong: failed,
    cpuSeconds: played.cpuSeconds,
    rssBytes: played.rssBytes + played.ownRssBytes,
    p50Ms: msOf(response, 50),
    p99Ms: msOf(response, 99),
    serviceP50Ms: msOf(service, 50),
    serviceP99Ms: msOf(service, 99),
    latenessP50Ms: msOf(lateness, 50),
    latenessP99Ms: msOf(lateness, 99),
  }),
);
