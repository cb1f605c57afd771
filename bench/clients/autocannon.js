/** autocannon at a rate, over its API: its command line cannot give each request a key of its own. */
import { createRequire } from 'node:module';
import { body, headersOf, isOrder, readJob } from './work.js';

const job = readJob();
const autocannon = createRequire(`${job.folder}/`)('autocannon');
let [sent, wrong] = [0, 0];
const result = await autocannon({
  url: `http://127.0.0.1:${job.port}`,
  connections: job.connections,
  duration: job.seconds,
  overallRate: job.rate,
  requests: [
    {
      method: 'POST',
      path: '/orders',
      setupRequest: (request) => {
        sent += 1;
        return { ...request, headers: headersOf(sent), body };
      },
      onResponse: (_status, text) => {
        if (!isOrder(text)) wrong += 1;
      },
    },
  ],
});
const { p50, p99 } = result.latency;
console.log(JSON.stringify({ p50Ms: p50, p99Ms: p99, wrong }));
