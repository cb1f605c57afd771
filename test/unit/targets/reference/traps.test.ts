import { describe, expect, it } from 'vitest';
import { AskingFailpoints } from '../../../../src/targets/reference/failpoints.ts';
import { Traps } from '../../../../src/targets/reference/traps.ts';

const trap = (hit: number) => ({ failpoint: 'before-commit', hit, pauseMs: null }) as const;

describe('traps', () => {
  it('are sprung by the n-th hit of their failpoint, and then armed no more', async () => {
    const traps = new Traps();
    const settled = traps.arm(trap(3));
    expect(traps.names()).toEqual(['before-commit']);
    expect(traps.hit('before-commit')).toBeUndefined();
    expect(traps.hit('holding-lock')).toBeUndefined();
    expect(traps.hit('before-commit')).toBeUndefined();
    const sprung = traps.hit('before-commit');
    expect(sprung?.trap.hit).toBe(3);
    expect(traps.names()).toEqual([]);
    expect(traps.hit('before-commit')).toBeUndefined();
    sprung?.settle({ kind: 'done', detail: 'killed' });
    expect(await settled).toEqual({ kind: 'done', detail: 'killed' });
  });

  it('that are due at once are sprung one by one', () => {
    const traps = new Traps();
    const both = [traps.arm(trap(1)), traps.arm({ ...trap(1), pauseMs: 5 })];
    expect(traps.hit('before-commit')?.trap.pauseMs).toBeNull();
    expect(traps.hit('before-commit')?.trap.pauseMs).toBe(5);
    expect(traps.hit('before-commit')).toBeUndefined();
    expect(both).toHaveLength(2);
  });

  it.each([
    [0, 'nothing came to the failpoint before-commit'],
    [1, 'the failpoint before-commit was reached once, and fires at hit 3'],
    [2, 'the failpoint before-commit was reached 2 times, and fires at hit 3'],
  ])('that were hit %i times say so when they are disarmed', async (hits, detail) => {
    const traps = new Traps();
    const settled = traps.arm(trap(3));
    for (let hit = 0; hit < hits; hit += 1) traps.hit('before-commit');
    traps.disarm();
    expect(await settled).toEqual({ kind: 'not-done', detail });
    expect(traps.names()).toEqual([]);
  });
});

describe('failpoints that ask', () => {
  it('are passed at once unless they are armed, and else when they are told to', async () => {
    const asked: (readonly [number, string])[] = [];
    const failpoints = new AskingFailpoints((id, name) => asked.push([id, name]));
    await failpoints.reach('before-commit');
    failpoints.arm(['before-commit']);
    await failpoints.reach('holding-lock');
    expect(asked).toEqual([]);
    let passed = 0;
    const reached = [1, 2].map(() => failpoints.reach('before-commit').then(() => (passed += 1)));
    expect(asked).toEqual([
      [1, 'before-commit'],
      [2, 'before-commit'],
    ]);
    failpoints.goOn(2);
    await reached[1];
    expect(passed).toBe(1);
    failpoints.arm([]);
    await failpoints.reach('before-commit');
    failpoints.goOn(1);
    failpoints.goOn(7);
    await reached[0];
    expect(passed).toBe(2);
  });
});
