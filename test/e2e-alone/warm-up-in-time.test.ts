import { describe, expect, it } from 'vitest';
import { run } from '../helpers/cli.ts';

describe('the built-in late-warm-up', () => {
  // Beside other sales the second warm-up may find no moment to load the count in, and is rightly unknown.
  const inTime = ['--set', 'target.reference.stock.warmUp={scheduled: 500ms}'];
  const whole = ['--set', 'target.reference.stock.recovery=from-orders-and-inflight'];

  it('is put right by what its comments say', async () => {
    const { result, code } = await run('late-warm-up', ...inTime, ...whole);
    expect(code, JSON.stringify(result.invariants)).toBe(0);
    expect(result).toMatchObject({ sold: 100, caches: [{ drift: 0 }] });
  });
});
