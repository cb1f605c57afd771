/** loadtest at a rate, over its API. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { body, headersOf, isOrder, readJob } from './work.js';

const job = readJob();
const entry = createRequire(`${job.folder}/`).resolve('loadtest');
const { loadTest } = await import(pathToFileURL(entry).href);
let [sent, wrong] = [0, 0];
const result = await loadTest({
  url: `http://127.0.0.1:${job.port}/orders`,
  method: 'POST',
  concurrency: job.connections,
  requestsPerSecond: job.rate,
  maxSeconds: job.seconds,
  cores: 1,
  quiet: true,
  agentKeepAlive: true,
  requestGenerator: (_params, options, client, callback) => {
    sent += 1;
    const headers = { ...options.headers, ...headersOf(sent), 'content-length': body.length };
    const request = client({ ...options, headers }, callback);
    request.write(body);
    return request;
  },
  statusCallback: (error, answer) => {
    if (!error && !isOrder(answer.body)) wrong += 1;
  },
});
const { 50: p50Ms, 99: p99Ms } = result.percentiles;
console.log(JSON.stringify({ p50Ms, p99Ms, wrong }));
process.exit(0);
