import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponential, normal, type Rng, rngFor } from '../../../src/core/rng.ts';

const draws = (rng: Rng, count: number) => Array.from({ length: count }, () => rng.next());

describe('rngFor', () => {
  it('keeps its first draws for ever, so that an old seed replays', () => {
    expect(draws(rngFor(42, 'arrival', 0, 7), 3)).toMatchInlineSnapshot(`
      [
        0.37491038940045274,
        0.22341019168956733,
        0.047081825477990114,
      ]
    `);
  });

  it('gives the same stream for the same name', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string(), fc.array(fc.nat()), (seed, purpose, ids) => {
        expect(draws(rngFor(seed, purpose, ...ids), 4)).toEqual(
          draws(rngFor(seed, purpose, ...ids), 4),
        );
      }),
    );
  });

  it('gives different streams when seed, purpose or an id differs', () => {
    const first = new Set<number>();
    for (let seed = 0; seed < 50; seed += 1) {
      for (const purpose of ['a', 'b']) {
        for (let id = 0; id < 50; id += 1) first.add(rngFor(seed, purpose, id).next());
      }
    }
    expect(first.size).toBe(5_000);
    expect(rngFor(1, 'a').next()).not.toBe(rngFor(1 + 2 ** 32, 'a').next());
    expect(rngFor(1, 'a', 1, 0).next()).not.toBe(rngFor(1, 'a', 1).next());
  });

  it('is uniform on [0, 1) over the first draws of many streams (chi-squared, 16 cells)', () => {
    const cells = new Array<number>(16).fill(0);
    for (let id = 0; id < 16_000; id += 1) {
      const cell = Math.floor(rngFor(7, 'uniform', id).next() * 16);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const chiSquared = cells.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(chiSquared).toBeLessThan(37.7); // p = 0.001 at 15 degrees of freedom
  });
});

describe('distributions', () => {
  it('draws normal and exponential values with the right mean and deviation', () => {
    const rng = rngFor(3, 'moments');
    const normals = Array.from({ length: 20_000 }, () => normal(rng));
    const mean = normals.reduce((sum, z) => sum + z, 0) / normals.length;
    const variance = normals.reduce((sum, z) => sum + (z - mean) ** 2, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    const waits = Array.from({ length: 20_000 }, () => exponential(rng, 50));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(50, -1);
  });
});
