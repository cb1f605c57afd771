/* global __ENV */
import exec from 'k6/execution';
import http from 'k6/http';

export const options = {
  summaryTrendStats: ['p(50)', 'p(99)'],
  scenarios: {
    orders: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: Number(__ENV.CONNECTIONS),
    },
  },
};

export default function order() {
  const n = exec.scenario.iterationInTest;
  const headers = {
    Authorization: `Bearer ${String(n % 1000)
      .padStart(8, '0')
      .repeat(4)}`,
    'Idempotency-Key': `mf3k2x9a-4f2c-${n}`,
    'Content-Type': 'application/json',
  };
  const answer = http.post(__ENV.URL, '{"productId":"sneaker-42","quantity":1}', { headers });
  if (answer.json('orderId') === undefined) throw new Error('no order');
}
