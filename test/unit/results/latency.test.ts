import { describe, expect, it } from 'vitest';
import { LatencyCollector } from '../../../src/results/latency.ts';
import { attempt } from './outcome-fixture.ts';

function orderLatency(...attempts: readonly ReturnType<typeof attempt>[]) {
  const collector = new LatencyCollector();
  for (const one of attempts) collector.add(one);
  return collector.summaries().order;
}

describe('LatencyCollector', () => {
  it('counts response time from when a request was due, service time from when it was sent', () => {
    const { count, response, service } = orderLatency(
      attempt({ dueMs: 0, sentMs: 30, doneMs: 40 }),
    );
    expect(count).toBe(1);
    expect(response.max).toBe(40_000);
    expect(service.max).toBe(10_000);
  });

  it.each([
    { code: 'ok', counts: true },
    { code: 'sold-out', counts: true },
    { code: 'server-error', counts: true },
    { code: 'timeout', counts: true },
    { code: 'reset', counts: true },
    { code: 'aborted', counts: true },
    { code: 'connect-failed', counts: false },
  ])('an attempt that ended with $code counts: $counts', ({ code, counts }) => {
    expect(orderLatency(attempt({ code })).count).toBe(counts ? 1 : 0);
  });

  it('shows a stall: timeouts count at the time they took', () => {
    const quick = Array.from({ length: 90 }, () => attempt({ doneMs: 10 }));
    const stalled = Array.from({ length: 10 }, () => attempt({ code: 'timeout', doneMs: 5_000 }));
    const { response } = orderLatency(...quick, ...stalled);
    expect(response.p50).toBeLessThan(11_000);
    expect(response.p99).toBe(5_000_000);
  });

  it('counts a request that timed out before it could be sent in response time alone', () => {
    const { count, response, service } = orderLatency(
      attempt({ code: 'timeout', sentMs: Number.NaN, doneMs: 5_000 }),
    );
    expect([count, response.max, service.max]).toEqual([1, 5_000_000, 0]);
  });

  it('leaves operations apart and does not time the others', () => {
    const collector = new LatencyCollector();
    collector.add(attempt({ operation: 'login' }));
    collector.add(attempt({ operation: 'status' }));
    const { login, page, order } = collector.summaries();
    expect([login.count, page.count, order.count]).toEqual([1, 0, 0]);
  });
});
