import { beforeAll, describe, expect, it } from 'vitest';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { run } from '../helpers/cli.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
}, 400_000);

const set = (value: string) => ['--set', `target.reference.${value}`];

/** Each built-in lesson: what goes wrong as it stands, and the ways out that its comments name. */
const lessons = [
  { lesson: 'scale-out', wrong: 'oversell', right: ['processes=1'] },
  {
    lesson: 'lock-expiry',
    wrong: 'oversell',
    right: ['stock.strategy=redis-lock-guarded'],
  },
  {
    lesson: 'cache-loss',
    wrong: 'oversell',
    right: ['stock.recovery=from-orders-and-inflight', 'stock.strategy=redis-lua-guarded'],
  },
  {
    lesson: 'crash-mid-order',
    wrong: 'conservation',
    right: ['stock.strategy=conditional-update'],
  },
] as const;

describe.each(lessons)('$lesson', ({ lesson, wrong, right }) => {
  it(`shows that it breaks ${wrong}`, async () => {
    const { result, code, stdout } = await run(lesson);
    expect(result.faults.every(({ fired }) => fired)).toBe(true);
    expect(result.invariants[wrong]?.lo, stdout).toBeGreaterThan(0);
    expect(code).toBe(3);
    expect(result.wallMs).toBeLessThan(30_000);
  });

  it.each(right)('passes with %s', async (change) => {
    const { code, stdout } = await run(lesson, ...set(change));
    expect(code, stdout).toBe(0);
  });
});
