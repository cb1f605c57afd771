import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/scenarios/suggest.ts';

describe('the nearest name', () => {
  it.each([
    ['stok', ['stock', 'store'], 'stock'],
    ['limit_per_user', ['limitPerUser'], 'limitPerUser'],
    ['OVERSELL', ['undersell', 'oversell'], 'oversell'],
    ['colour', ['port', 'processes'], undefined],
    ['x', ['seed', 'sale'], undefined],
    ['a', [], undefined],
  ])('to %s among %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });
});
