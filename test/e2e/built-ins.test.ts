import { describe, expect, it } from 'vitest';
import { run } from '../helpers/cli.ts';

describe('other built-in scenarios', () => {
  it('retry-storm sustains itself after the fault, and sells exactly all the same', async () => {
    const { result, code } = await run('retry-storm');
    expect(result.faults).toMatchObject([{ fired: true }]);
    expect(result.amplification).toBeGreaterThan(1.5);
    expect(result.retries.attemptsPerIntent.max).toBe(4);
    expect(result.recoveries).toMatchObject([{ verdict: 'metastable', backlog: 'server' }]);
    expect(result.invariants['oversell']?.lo).toBe(0);
    expect(result.invariants['duplicateOrder']?.lo).toBe(0);
    expect([0, 4]).toContain(code);
  });

  it('retry-storm with a budget is held back, and says by what', async () => {
    const { result } = await run('retry-storm', '--set', 'client.retry.budget={type: grpc}');
    expect(result.retries.heldBack.budget).toBeGreaterThan(0);
    expect(result.codes['heldBack']).toEqual({
      'retry-budget': result.retries.heldBack.budget,
    });
    expect(result.amplification).toBeLessThan(1.5);
    expect(result.invariants['oversell']?.lo).toBe(0);
  });

  it('retry-storm with a fresh key per attempt buys twice what nobody limits', async () => {
    const { result } = await run(
      'retry-storm',
      ...['--set', 'client.idempotencyKey=per-attempt'],
      ...['--set', 'sale.products=[{id: sneaker-42, stock: 1000}]'],
    );
    expect(result.retries.doubledIntents).toBeGreaterThan(0);
    expect(result.warnings.join('\n')).toContain('made more than once');
    expect(result.invariants['duplicateOrder']?.lo).toBe(0);
    expect(result.invariants['oversell']?.lo).toBe(0);
  });

  it('multi-device ends sessions above the cap and keeps the limit per person', async () => {
    const { result, code } = await run('multi-device');
    expect(result.verdict).toBe('pass');
    expect(code).toBe(0);
    expect(result.devices.evicted).toBeGreaterThan(0);
    expect(result.invariants['userLimit']).toMatchObject({ verdict: 'pass' });
  });
});
