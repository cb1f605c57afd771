import { describe, expect, it } from 'vitest';
import { run, smallProfile } from '../helpers/cli.ts';

describe('faults and company', () => {
  it('survives a killed server process and says that it was killed', async () => {
    const { result, code } = await run(
      'sale-opening',
      ...smallProfile,
      '--set',
      'faults=[{afterOpening: 200ms, kill: order-server}]',
    );
    expect(result.faults).toMatchObject([{ fired: true }]);
    expect(result.invariants['oversell']?.lo).toBe(0);
    expect(result.invariants['lostOrder']?.lo).toBe(0);
    expect(code, JSON.stringify(result.invariants)).toBe(0);
  });

  it('says unknown when a planned fault never happened', async () => {
    const { result, code } = await run(
      'sale-opening',
      ...smallProfile,
      // Everybody has clicked and has an answer long before the fault is due.
      ...['--set', 'workload.arrivals=[{type: herd}]'],
      '--set',
      'faults=[{at: 3900ms, kill: order-server}]',
    );
    expect(result.faults).toMatchObject([{ fired: false }]);
    expect(result.verdict).toBe('unknown');
    expect(code).toBe(4);
  });

  it('lets two runs at the same time both succeed, and warns that latency is tainted', async () => {
    const both = await Promise.all([
      run('sale-opening', ...smallProfile),
      run('sale-opening', ...smallProfile),
    ]);
    for (const { result, code } of both) {
      expect(result.warnings.join('\n')).toContain('tainted');
      expect(result.verdict).toBe('pass');
      expect(code).toBe(0);
    }
  });
});
