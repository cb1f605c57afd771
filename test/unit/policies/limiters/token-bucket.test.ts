import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type TokenBucketState,
  takeToken,
} from '../../../../src/policies/limiters/token-bucket.ts';

const options = { replenishRatePerS: 2, burstCapacity: 3 };
const at = (tokens: number, updatedAtMs = 1_000): TokenBucketState => ({ tokens, updatedAtMs });

describe('takeToken', () => {
  it.each([
    ['a new bucket is full', undefined, 1_000, true, 2, 0],
    ['a whole token admits', at(1), 1_000, true, 0, 0],
    ['an empty bucket refuses', at(0), 1_000, false, 0, 500],
    ['half a token refuses', at(0.5), 1_000, false, 0, 250],
    ['refill is proportional to time', at(0), 1_500, true, 0, 0],
    ['just too early is refused', at(0), 1_499, false, 0, 1],
    ['refill stops at the burst capacity', at(0), 1e9, true, 2, 0],
    ['a clock that steps back refills nothing', at(0.5), 0, false, 0, 1_250],
    ['a clock that steps back takes nothing away', at(2), 0, true, 1, 0],
    ['the wait is rounded up', at(0.9), 1_000, false, 0, 50],
  ])('%s', (_title, state, nowMs, admitted, remaining, retryAfterMs) => {
    expect(takeToken(state, nowMs, options)).toMatchObject({ admitted, remaining, retryAfterMs });
  });

  it('never admits more than the burst plus the refill in any window', () => {
    const settings = fc.record({
      replenishRatePerS: fc.double({ min: 0.1, max: 100, noNaN: true }),
      burstCapacity: fc.integer({ min: 1, max: 10 }),
    });
    const gaps = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(settings, gaps, (bucket, gapsMs) => {
        const admittedAtMs: number[] = [];
        let state: TokenBucketState | undefined;
        let nowMs = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          const decision = takeToken(state, nowMs, bucket);
          state = decision.state;
          if (decision.admitted) admittedAtMs.push(nowMs);
        }
        admittedAtMs.forEach((fromMs, first) => {
          admittedAtMs.slice(first).forEach((untilMs, more) => {
            const allowed =
              bucket.burstCapacity + ((untilMs - fromMs) * bucket.replenishRatePerS) / 1000;
            expect(more + 1).toBeLessThanOrEqual(allowed + 1e-6);
          });
        });
      }),
    );
  });

  it('admits after exactly the wait that it told', () => {
    const tokens = fc.double({ min: 0, max: 0.999, noNaN: true });
    const rates = fc.double({ min: 0.01, max: 1000, noNaN: true });
    fc.assert(
      fc.property(tokens, rates, (left, replenishRatePerS) => {
        const bucket = { replenishRatePerS, burstCapacity: 1 };
        const refused = takeToken(at(left), 1_000, bucket);
        expect(refused.admitted).toBe(false);
        const later = takeToken(refused.state, 1_000 + refused.retryAfterMs, bucket);
        expect(later.admitted).toBe(true);
      }),
    );
  });

  it('gives the same decision when a refusal was not stored', () => {
    const refused = takeToken(at(0.2), 1_100, options);
    expect(takeToken(refused.state, 1_400, options).admitted).toBe(
      takeToken(at(0.2), 1_400, options).admitted,
    );
  });
});
