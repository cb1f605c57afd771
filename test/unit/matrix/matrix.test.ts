import { describe, expect, it } from 'vitest';
import { allCells, cellsMatching, quickCells } from '../../../src/matrix/cells.ts';
import { matrixFaults } from '../../../src/matrix/matrix-faults.ts';
import { observe } from '../../../src/matrix/observe.ts';
import { isSettled, outcomeOf } from '../../../src/matrix/outcome.ts';
import type { RunResult } from '../../../src/results/result.ts';
import { loadScenario } from '../../../src/scenarios/load.ts';
import { stockStrategies } from '../../../src/targets/reference/stock/registry.ts';
import { orderStoreNames } from '../../../src/targets/reference/stock/settings.ts';
import { passing } from '../reporters/result-fixture.ts';

const cells = allCells(orderStoreNames);

/** A run in which these invariants were violated, and so much was sold. */
function runWith(violated: readonly string[], sold = 500): RunResult {
  const held = passing.invariants['oversell'];
  if (held === undefined) throw new Error('the fixture has no oversell');
  const broken: RunResult['invariants'] = Object.fromEntries(
    violated.map((name) => [name, { ...held, verdict: 'violated' as const, lo: 7 }]),
  );
  const invariants = { ...passing.invariants, ...broken };
  return { ...passing, sold, stock: 500, invariants };
}

const cellOf = (expected: 'exact' | 'oversells' | 'leaks' | 'refuses') => {
  const [cell] = cells;
  if (cell === undefined) throw new Error('no cells');
  return { ...cell, expected };
};

describe('the cells of the matrix', () => {
  it('have ids of their own, fit for folders', () => {
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
    for (const { id } of cells) expect(id).toMatch(/^[a-z0-9.-]+$/);
  });

  it('show every strategy in one process and in two, and every fault at least once', () => {
    for (const strategy of Object.keys(stockStrategies)) {
      const own = cells.filter((cell) => cell.strategy === strategy && cell.fault === 'none');
      expect(own.map(({ processes }) => processes)).toContain(1);
    }
    expect(new Set(cells.map(({ fault }) => fault))).toEqual(new Set(Object.keys(matrixFaults)));
  });

  it('are scenarios that are valid', async () => {
    for (const cell of cells) {
      const options = { overrides: cell.overrides, env: {}, cwd: '/', nowMs: 0 };
      const loaded = await loadScenario('stock-lab', options).catch((error: unknown) => error);
      expect(loaded, cell.id).toHaveProperty('scenario');
    }
  });

  it('are found by any of their parts, and by several of them', () => {
    const one = cellsMatching(cells, ['naive/2']);
    expect(one.length).toBeGreaterThan(0);
    expect(one.every(({ strategy, processes }) => strategy === 'naive' && processes === 2)).toBe(
      true,
    );
    expect(cellsMatching(cells, ['naive/1', 'naive/2']).length).toBeGreaterThan(one.length);
    expect(cellsMatching(cells, ['nothing'])).toEqual([]);
    expect(cellsMatching(cells, [])).toEqual(cells);
  });

  it('are fewer when it has to be quick, and still of every strategy', () => {
    const quick = quickCells(cells.filter(({ store }) => store === 'postgres'));
    expect(quick.length).toBeLessThan(cells.length);
    expect(new Set(quick.map(({ strategy }) => strategy))).toEqual(
      new Set(Object.keys(stockStrategies)),
    );
  });
});

describe('what a run shows', () => {
  it.each([
    ['nothing wrong', [], 500, 'exact'],
    ['more sold than there was', ['oversell', 'conservation', 'lostUpdate'], 510, 'oversells'],
    ['units that vanished', ['conservation', 'undersell'], 490, 'leaks'],
    ['units that appeared', ['conservation'], 500, 'oversells'],
    ['"sold out" while units were left', ['falseSoldOut'], 500, 'refuses'],
    ['a lost order', ['lostOrder'], 500, 'broken'],
    ['an oversell and a lost order', ['oversell', 'lostOrder'], 510, 'broken'],
  ] as const)('is %s', (_title, violated, sold, kind) => {
    expect(observe(runWith(violated, sold), cellOf('oversells')).kind).toBe(kind);
  });

  it.each([
    [
      'the expected oversell and what comes with it',
      ['oversell', 'falseRejection'],
      510,
      'oversells',
    ],
    ['an oversell and what does not come with it', ['oversell', 'lostOrder'], 510, 'broken'],
    ['what comes with an oversell, without one', ['falseRejection'], 500, 'broken'],
    ['what comes with an oversell, with a leak', ['undersell', 'falseRejection'], 490, 'broken'],
  ] as const)('is %s, where a consequence is known', (_title, violated, sold, kind) => {
    const known = { expected: 'oversells', consequences: ['falseRejection'] } as const;
    expect(observe(runWith(violated, sold), known).kind).toBe(kind);
  });

  it('is nothing when the run proved nothing', () => {
    const oversell = passing.invariants['oversell'];
    if (oversell === undefined) throw new Error('the fixture has no oversell');
    const unknown = { ...oversell, verdict: 'unknown' as const, reason: 'not quiesced' };
    const result = { ...passing, invariants: { ...passing.invariants, oversell: unknown } };
    expect(observe(result, cellOf('exact'))).toEqual({ kind: 'undecided', detail: 'not quiesced' });
    expect(observe({ ...passing, problems: ['clocks'] }, cellOf('exact')).kind).toBe('undecided');
  });
});

describe('what a cell comes to', () => {
  it.each([
    ['exact', [[]], 'as-expected'],
    ['exact', [['oversell']], 'surprise'],
    ['exact', [['undersell']], 'surprise'],
    ['oversells', [[], ['oversell']], 'as-expected'],
    ['oversells', [[], []], 'not-provoked'],
    ['oversells', [['falseSoldOut']], 'not-provoked'],
    ['oversells', [['lostOrder']], 'surprise'],
    ['leaks', [['undersell']], 'as-expected'],
    ['leaks', [['oversell']], 'surprise'],
    ['refuses', [['conservation', 'undersell']], 'surprise'],
  ] as const)('that is expected to be %s, after %j: %s', (expected, runs, agreement) => {
    const results = runs.map((violated) => runWith(violated, violated.length === 2 ? 490 : 500));
    expect(outcomeOf(cellOf(expected), results).agreement).toBe(agreement);
  });

  it('is settled by a surprise, and by what was to be provoked', () => {
    expect(isSettled(cellOf('oversells'), [runWith([])])).toBe(false);
    expect(isSettled(cellOf('oversells'), [runWith([]), runWith(['oversell'])])).toBe(true);
    expect(isSettled(cellOf('exact'), [runWith([])])).toBe(false);
    expect(isSettled(cellOf('exact'), [runWith(['oversell'])])).toBe(true);
  });

  it('tells how many runs showed it, and the figures of the gravest', () => {
    const outcome = outcomeOf(cellOf('oversells'), [runWith([]), runWith(['oversell'])]);
    expect(outcome).toMatchObject({ runs: 2, shown: 1, oversold: 7, observed: 'oversells' });
  });
});
