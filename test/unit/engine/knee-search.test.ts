import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kneeOf, type Measured, nextConnections } from '../../../src/engine/knee-search.ts';

/** Measures a server whose goodput is a function of the connections, to the end. */
function search(goodput: (connections: number) => number, connectionsMax = 1024): Measured[] {
  const measured: Measured[] = [];
  for (let step = 0; step < 100; step += 1) {
    const connections = nextConnections(measured, connectionsMax);
    if (connections === undefined) return measured;
    measured.push({ connections, goodputPerS: goodput(connections) });
  }
  throw new Error('the search does not end');
}

/** Capacity of a server with `lanes` lanes of 1 ms each. */
const saturating = (lanes: number) => (connections: number) => Math.min(connections, lanes) * 1000;

describe('the search for the highest goodput', () => {
  it('doubles until goodput grows no more, then narrows the knee down', () => {
    const measured = search(saturating(20));
    expect(measured.map(({ connections }) => connections)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 23, 19,
    ]);
    const found = kneeOf(measured, 1024);
    expect(found).toMatchObject({
      best: { goodputPerS: 20_000 },
      knee: { connections: 19 },
      stillGrowing: false,
    });
  });

  it('looks for the summit where goodput collapses beyond it', () => {
    // Beyond 40 connections every answer is late.
    const measured = search((connections) => (connections > 40 ? 0 : connections * 1000));
    const found = kneeOf(measured, 1024);
    expect(found?.best.connections).toBeGreaterThan(35);
    expect(found?.best.connections).toBeLessThanOrEqual(40);
    expect(Math.max(...measured.map(({ connections }) => connections))).toBe(128);
  });

  it('goes on after one unlucky step', () => {
    const measured = search((connections) =>
      connections === 8 ? 3500 : saturating(100)(connections),
    );
    expect(kneeOf(measured, 1024)?.best.goodputPerS).toBe(100_000);
  });

  it('says when goodput still grew at the most connections allowed', () => {
    const measured = search(saturating(1000), 100);
    expect(measured.slice(0, 8).map(({ connections }) => connections)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 100,
    ]);
    expect(kneeOf(measured, 100)).toMatchObject({
      best: { connections: 100 },
      stillGrowing: true,
    });
  });

  it('has nothing to say of a server that never does what it is asked for', () => {
    const measured = search(() => 0);
    expect(measured).toHaveLength(3);
    expect(kneeOf(measured, 1024)).toBeUndefined();
    expect(kneeOf([], 1024)).toBeUndefined();
  });

  it.each([1, 2, 3])('works with at most %i connections', (connectionsMax) => {
    const measured = search(saturating(1), connectionsMax);
    expect(measured[0]?.connections).toBe(1);
    expect(kneeOf(measured, connectionsMax)).toMatchObject({
      knee: { connections: 1 },
      stillGrowing: false,
    });
  });

  it('ends after a bounded number of different steps, whatever is measured', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 10_000 }), { minLength: 100, maxLength: 100 }),
        fc.integer({ min: 1, max: 20_000 }),
        (noise, connectionsMax) => {
          let step = -1;
          const measured = search(() => {
            step += 1;
            return noise[step] ?? 0;
          }, connectionsMax);
          const numbers = measured.map(({ connections }) => connections);
          expect(new Set(numbers).size).toBe(numbers.length);
          expect(Math.max(...numbers)).toBeLessThanOrEqual(connectionsMax);
          expect(numbers.length).toBeLessThanOrEqual(Math.log2(connectionsMax) + 2 + 6);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds a capacity within 5 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (lanes) => {
        const found = kneeOf(search(saturating(lanes), 2048), 2048);
        expect(found?.best.goodputPerS).toBe(lanes * 1000);
        expect(found?.knee.goodputPerS).toBeGreaterThanOrEqual(lanes * 950);
        expect(found?.knee.connections).toBeLessThanOrEqual(Math.ceil(lanes * 1.3));
      }),
    );
  });
});
