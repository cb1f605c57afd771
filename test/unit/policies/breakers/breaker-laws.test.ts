import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
} from '../../../../src/policies/breakers/circuit-breaker.ts';

const share = fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100);

const options: fc.Arbitrary<CircuitBreakerOptions> = fc.record({
  slidingWindowType: fc.constantFrom('count-based', 'time-based'),
  slidingWindowSize: fc.integer({ min: 1, max: 8 }),
  minimumNumberOfCalls: fc.integer({ min: 1, max: 10 }),
  failureRateThreshold: share,
  slowCallRateThreshold: share,
  slowCallDurationThresholdMs: fc.constant(100),
  waitDurationInOpenStateMs: fc.integer({ min: 1, max: 2_000 }),
  permittedNumberOfCallsInHalfOpenState: fc.integer({ min: 1, max: 5 }),
  maxWaitDurationInHalfOpenStateMs: fc.constantFrom(0, 500),
  automaticTransitionFromOpenToHalfOpenEnabled: fc.boolean(),
});

const events = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 0, max: 900 }),
    failed: fc.boolean(),
    durationMs: fc.constantFrom(1, 100, 101),
    /** How the call goes on: it ends at once, is given back, or is never heard of again. */
    end: fc.constantFrom('record', 'record', 'record', 'release', 'never'),
  }),
  { maxLength: 120 },
);

/** The state machine written down again, the plain way: lists of calls, one time step after the other. */
class Model {
  kind: 'closed' | 'open' | 'half-open' = 'closed';
  sinceMs = 0;
  permits = 0;
  calls: { readonly atMs: number; readonly failed: boolean; readonly slow: boolean }[] = [];
  readonly #options: CircuitBreakerOptions;

  constructor(given: CircuitBreakerOptions) {
    this.#options = given;
  }

  #enter(kind: Model['kind'], sinceMs: number): void {
    this.kind = kind;
    this.sinceMs = sinceMs;
    this.calls = [];
    this.permits = this.#options.permittedNumberOfCallsInHalfOpenState;
  }

  pass(nowMs: number): void {
    const given = this.#options;
    for (;;) {
      const waitedMs = this.sinceMs + given.waitDurationInOpenStateMs;
      const triedMs = this.sinceMs + given.maxWaitDurationInHalfOpenStateMs;
      const automatic = given.automaticTransitionFromOpenToHalfOpenEnabled;
      if (this.kind === 'open' && automatic && nowMs >= waitedMs)
        this.#enter('half-open', waitedMs);
      else if (this.kind === 'half-open' && triedMs > this.sinceMs && nowMs >= triedMs) {
        this.#enter('open', triedMs);
      } else return;
    }
  }

  acquire(nowMs: number): boolean {
    this.pass(nowMs);
    if (this.kind === 'open') {
      if (nowMs <= this.sinceMs + this.#options.waitDurationInOpenStateMs) return false;
      this.#enter('half-open', nowMs);
    }
    if (this.kind === 'closed') return true;
    if (this.permits === 0) return false;
    this.permits -= 1;
    return true;
  }

  record(nowMs: number, failed: boolean, durationMs: number): void {
    this.pass(nowMs);
    if (this.kind === 'open') return;
    const given = this.#options;
    this.calls.push({ atMs: nowMs, failed, slow: durationMs > given.slowCallDurationThresholdMs });
    const trial = this.kind === 'half-open';
    const byCount = trial || given.slidingWindowType === 'count-based';
    const size = trial ? given.permittedNumberOfCallsInHalfOpenState : given.slidingWindowSize;
    const second = Math.floor(nowMs / 1_000);
    const window = byCount
      ? this.calls.slice(-size)
      : this.calls.filter(({ atMs }) => Math.floor(atMs / 1_000) > second - size);
    const minimum = byCount
      ? Math.min(given.minimumNumberOfCalls, size)
      : given.minimumNumberOfCalls;
    if (window.length < minimum) return;
    const rate = (of: 'failed' | 'slow') =>
      window.filter((call) => call[of]).length / window.length;
    if (
      rate('failed') >= given.failureRateThreshold ||
      rate('slow') >= given.slowCallRateThreshold
    ) {
      this.#enter('open', nowMs);
    } else if (trial) this.#enter('closed', nowMs);
  }
}

describe('the laws of a circuit breaker', () => {
  it('does what the state machine of resilience4j does, call by call', () => {
    fc.assert(
      fc.property(options, events, (given, played) => {
        const breaker = new CircuitBreaker(given);
        const model = new Model(given);
        let nowMs = 0;
        for (const { gapMs, failed, durationMs, end } of played) {
          nowMs += gapMs;
          const passes = model.acquire(nowMs);
          expect(breaker.tryAcquire(nowMs)).toBe(passes);
          if (passes && end === 'record') {
            model.record(nowMs, failed, durationMs);
            breaker.record({ failed, durationMs }, nowMs);
          } else if (passes && end === 'release') {
            if (model.kind === 'half-open') model.permits += 1;
            breaker.release(nowMs);
          }
          expect(breaker.stateAt(nowMs)).toBe(model.kind);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses nothing while all is well', () => {
    fc.assert(
      fc.property(options, fc.nat(300), (given, calls) => {
        const breaker = new CircuitBreaker(given);
        for (let call = 0; call < calls; call += 1) {
          expect(breaker.tryAcquire(call)).toBe(true);
          breaker.record({ failed: false, durationMs: 1 }, call);
        }
      }),
    );
  });

  it('never lets more trial calls pass than there are permits', () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 50 }), (given, asked) => {
        const breaker = new CircuitBreaker({
          ...given,
          slidingWindowType: 'count-based',
          maxWaitDurationInHalfOpenStateMs: 0,
        });
        for (let call = 0; call < 8; call += 1) breaker.record({ failed: true, durationMs: 1 }, 0);
        const laterMs = given.waitDurationInOpenStateMs + 1;
        let passed = 0;
        for (let call = 0; call < asked; call += 1) {
          if (breaker.tryAcquire(laterMs)) passed += 1;
        }
        expect(passed).toBe(Math.min(asked, given.permittedNumberOfCallsInHalfOpenState));
      }),
    );
  });
});
