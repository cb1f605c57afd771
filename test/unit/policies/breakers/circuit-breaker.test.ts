import { describe, expect, it } from 'vitest';
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
} from '../../../../src/policies/breakers/circuit-breaker.ts';
import { slidingWindows } from '../../../../src/policies/breakers/registry.ts';

/** The defaults of resilience4j's `CircuitBreakerConfig`. */
const defaults: CircuitBreakerOptions = {
  slidingWindowType: 'count-based',
  slidingWindowSize: 100,
  minimumNumberOfCalls: 100,
  failureRateThreshold: 0.5,
  slowCallRateThreshold: 1,
  slowCallDurationThresholdMs: 60_000,
  waitDurationInOpenStateMs: 60_000,
  permittedNumberOfCallsInHalfOpenState: 10,
  maxWaitDurationInHalfOpenStateMs: 0,
  automaticTransitionFromOpenToHalfOpenEnabled: false,
};
const small = { ...defaults, slidingWindowSize: 4, minimumNumberOfCalls: 4 };

/**
 * Calls that end at once: `+` well, `-` badly, `s` well but slow, `b` both badly and slow. Returns the
 * state after each, abbreviated.
 */
function states(
  options: CircuitBreakerOptions,
  calls: string,
  { atMs = 0, breaker = new CircuitBreaker(options) } = {},
): string {
  return Array.from(calls)
    .map((call) => {
      if (!breaker.tryAcquire(atMs)) return 'x';
      const slow = call === 's' || call === 'b';
      const durationMs = options.slowCallDurationThresholdMs + (slow ? 1 : 0);
      breaker.record({ failed: call === '-' || call === 'b', durationMs }, atMs);
      return breaker.stateAt(atMs).charAt(0);
    })
    .join('');
}

/** A breaker that opened at 0. */
function opened(changes: Partial<CircuitBreakerOptions> = {}): CircuitBreaker {
  const breaker = new CircuitBreaker({ ...small, ...changes });
  for (let call = 0; call < 4; call += 1) breaker.record({ failed: true, durationMs: 1 }, 0);
  expect(breaker.stateAt(0)).toBe('open');
  return breaker;
}

describe('a closed circuit breaker', () => {
  it('judges after each call from the minimum on, and opens at the threshold itself', () => {
    expect(states(small, '-+-')).toBe('ccc');
    expect(states(small, '-+-+')).toBe('ccco');
    expect(states(small, '-+++')).toBe('cccc');
    expect(states(small, '-+++--')).toBe('ccccco');
  });

  it('opens at 50 failures of 100 by default, and not at 49', () => {
    expect(states(defaults, '-'.repeat(50) + '+'.repeat(50)).at(-1)).toBe('o');
    expect(states(defaults, '-'.repeat(49) + '+'.repeat(51)).at(-1)).toBe('c');
    expect(states(defaults, '-'.repeat(99)).at(-1)).toBe('c');
  });

  it('counts a call as slow that took longer than the threshold, not as long', () => {
    const slow = { ...small, slowCallRateThreshold: 0.5 };
    expect(states(slow, '+s+s')).toBe('ccco');
    expect(states(slow, '++++')).toBe('cccc');
  });

  it('counts a call that was slow and failed in both rates', () => {
    const both = { ...small, failureRateThreshold: 0.25, slowCallRateThreshold: 1 };
    expect(states(both, '+++b')).toBe('ccco');
    expect(states({ ...both, failureRateThreshold: 1 }, 'bsbs')).toBe('ccco');
  });

  it('lowers a minimum above the window when it counts calls', () => {
    expect(states({ ...small, minimumNumberOfCalls: 100 }, '----')).toBe('ccco');
  });

  it('does not lower the minimum when it counts seconds', () => {
    const seconds = { ...small, slidingWindowType: 'time-based', slidingWindowSize: 2 } as const;
    expect(states({ ...seconds, minimumNumberOfCalls: 100 }, '-'.repeat(99)).at(-1)).toBe('c');
    expect(states({ ...seconds, minimumNumberOfCalls: 100 }, '-'.repeat(100)).at(-1)).toBe('o');
  });

  it('forgets calls by whole seconds when it counts by time', () => {
    const seconds = { ...small, slidingWindowType: 'time-based', slidingWindowSize: 2 } as const;
    const breaker = new CircuitBreaker(seconds);
    states(seconds, '---', { atMs: 999, breaker });
    // Second 0 is still within the last two seconds at 1,999 ms, and no longer at 2,000.
    expect(states(seconds, '-', { atMs: 1_999, breaker })).toBe('o');
    const later = new CircuitBreaker(seconds);
    states(seconds, '---', { atMs: 999, breaker: later });
    expect(states(seconds, '-', { atMs: 2_000, breaker: later })).toBe('c');
  });
});

describe('an open circuit breaker', () => {
  it('refuses every call until the wait is over, and at its very end', () => {
    const breaker = opened();
    expect([1, 59_999, 60_000].map((ms) => breaker.tryAcquire(ms))).toEqual([false, false, false]);
    expect(breaker.stateAt(60_001)).toBe('open');
    expect(breaker.tryAcquire(60_001)).toBe(true);
    expect(breaker.stateAt(60_001)).toBe('half-open');
  });

  it('is not changed by calls that it let pass before', () => {
    const breaker = opened();
    for (let call = 0; call < 100; call += 1) breaker.record({ failed: false, durationMs: 1 }, 10);
    expect(breaker.stateAt(10)).toBe('open');
  });

  it('half-opens by itself when told to', () => {
    const breaker = opened({ automaticTransitionFromOpenToHalfOpenEnabled: true });
    expect(breaker.stateAt(59_999)).toBe('open');
    expect(breaker.stateAt(60_000)).toBe('half-open');
  });
});

describe('a half-open circuit breaker', () => {
  const atMs = 60_001;
  const options = { ...small, permittedNumberOfCallsInHalfOpenState: 3 };

  it('lets as many calls pass as there are permits, and refuses the others at once', () => {
    const breaker = opened(options);
    expect([1, 2, 3, 4, 5].map(() => breaker.tryAcquire(atMs))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['+++', 'hhc'],
    ['-++', 'hhc'],
    ['--+', 'hho'],
    ['+--', 'hho'],
  ])('after trial calls that ended %s stands %s', (calls, expected) => {
    const breaker = opened(options);
    expect(states(options, calls, { atMs, breaker })).toBe(expected);
  });

  it('judges sooner when the minimum is below the permits', () => {
    const breaker = opened({ ...options, minimumNumberOfCalls: 1 });
    expect(states({ ...options, minimumNumberOfCalls: 1 }, '+', { atMs, breaker })).toBe('c');
  });

  it('closes with an empty window', () => {
    const breaker = opened(options);
    states(options, '+++', { atMs, breaker });
    expect(states(options, '---', { atMs, breaker })).toBe('ccc');
    expect(states(options, '-', { atMs, breaker })).toBe('o');
  });

  it('gets a permit back for an outcome that says nothing', () => {
    const breaker = opened({ ...options, permittedNumberOfCallsInHalfOpenState: 1 });
    expect(breaker.tryAcquire(atMs)).toBe(true);
    expect(breaker.tryAcquire(atMs)).toBe(false);
    breaker.release(atMs);
    expect(breaker.tryAcquire(atMs)).toBe(true);
  });

  it('waits for ever by default, and opens again when the longest wait is over', () => {
    const forEver = opened(options);
    forEver.tryAcquire(atMs);
    expect(forEver.stateAt(atMs + 3_600_000)).toBe('half-open');
    const impatient = opened({ ...options, maxWaitDurationInHalfOpenStateMs: 1_000 });
    impatient.tryAcquire(atMs);
    expect(impatient.stateAt(atMs + 999)).toBe('half-open');
    expect(impatient.stateAt(atMs + 1_000)).toBe('open');
    expect(impatient.tryAcquire(atMs + 61_000)).toBe(false);
    expect(impatient.tryAcquire(atMs + 61_001)).toBe(true);
  });

  it('goes to and fro by itself with both automatic changes, however long nobody asks', () => {
    const breaker = opened({
      waitDurationInOpenStateMs: 30,
      maxWaitDurationInHalfOpenStateMs: 10,
      automaticTransitionFromOpenToHalfOpenEnabled: true,
    });
    const at = (ms: number) => breaker.stateAt(ms);
    expect([29, 30, 39, 40, 69, 70, 3_600_029].map(at)).toEqual([
      'open',
      'half-open',
      'half-open',
      'open',
      'open',
      'half-open',
      'open',
    ]);
    expect(at(3_600_030)).toBe('half-open');
  });
});

it('names every window by its key', () => {
  for (const [name, entry] of Object.entries(slidingWindows)) {
    expect([name, entry.describe.length > 0]).toEqual([entry.name, true]);
  }
});
