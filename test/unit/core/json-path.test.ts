import { describe, expect, it } from 'vitest';
import { compileJsonPath } from '../../../src/core/json-path.ts';

const document = {
  order: { id: 7, 'a.b': 'dotted', "it's": 'quoted', nothing: null },
  items: [{ n: 1 }, { n: 2 }, { m: 3 }],
};

describe('a JSONPath', () => {
  it.each([
    ['$', [document]],
    ['$.order.id', [7]],
    ["$['order']['a.b']", ['dotted']],
    ['$["order"]["a.b"]', ['dotted']],
    ["$.order['it\\'s']", ['quoted']],
    ['$.order.nothing', [null]],
    ['$.items[0].n', [1]],
    ['$.items[-1].m', [3]],
    ['$.items[*].n', [1, 2]],
    ['$.order.*', [7, 'dotted', 'quoted', null]],
    ['$.missing.id', []],
    ['$.items.length', []],
    ['$.order[0]', []],
    ['$.order.toString', []],
    ['$.order.__proto__', []],
  ])('%s finds what is there', (path, found) => {
    expect(compileJsonPath(path)?.(document)).toEqual(found);
  });

  it.each(['', 'order', '$order', '$.', '$..id', '$[?(@.id)]', '$.items[0:2]', "$['open"])(
    '%j is none that is known',
    (path) => {
      expect(compileJsonPath(path)).toBeUndefined();
    },
  );

  it.each([undefined, null, 3, 'text', []])('finds no member of %j', (value) => {
    expect(compileJsonPath('$.id')?.(value)).toEqual([]);
  });
});
