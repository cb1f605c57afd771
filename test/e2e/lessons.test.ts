import { beforeAll, describe, expect, it } from 'vitest';
import { findRedisServer } from '../../src/targets/stores/redis-server.ts';
import { run } from '../helpers/cli.ts';
import { ensureProgram } from '../helpers/ensure-program.ts';

beforeAll(async () => {
  await ensureProgram({ find: findRedisServer, aptPackage: 'redis-server' });
}, 400_000);

/** Each built-in lesson, and what goes wrong as it stands. The ways out are tested with the guides. */
const lessons = [
  { lesson: 'scale-out', wrong: 'oversell' },
  { lesson: 'lock-expiry', wrong: 'oversell' },
  { lesson: 'cache-loss', wrong: 'oversell' },
  { lesson: 'crash-mid-order', wrong: 'conservation' },
] as const;

describe.each(lessons)('$lesson', ({ lesson, wrong }) => {
  it(`shows that it breaks ${wrong}`, async () => {
    const { result, code, stdout } = await run(lesson);
    expect(result.faults.every(({ fired }) => fired)).toBe(true);
    expect(result.invariants[wrong]?.lo, stdout).toBeGreaterThan(0);
    expect(code).toBe(3);
    expect(result.wallMs).toBeLessThan(30_000);
  });
});
