import { describe, expect, it } from 'vitest';
import {
  checkConnectionBudget,
  parseLimit,
  parsePortRange,
  parseProcLimits,
  readConnectionLimits,
} from '../../../src/transport/open-files.ts';

const procLimits = (soft: string) =>
  [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max processes             96365                96365                processes ',
    `Max open files            ${soft.padEnd(20)} 1048576              files     `,
    'Max locked memory         8388608              8388608              bytes     ',
  ].join('\n');

describe('limits', () => {
  it('are read from /proc/self/limits', () => {
    expect(parseProcLimits(procLimits('20000'))).toBe(20_000);
    expect(parseProcLimits(procLimits('unlimited'))).toBe(Number.POSITIVE_INFINITY);
    expect(parseProcLimits('')).toBeUndefined();
  });

  it.each([
    ['1024\n', 1024],
    ['unlimited\n', Number.POSITIVE_INFINITY],
    ['sh: ulimit: not found', undefined],
    ['', undefined],
  ])('are read from what ulimit printed: %j', (text, limit) => {
    expect(parseLimit(text)).toBe(limit);
  });

  it.each([
    ['32768\t60999\n', 28_232],
    ['1024 65535', 64_512],
    ['60999\t32768\n', undefined],
    ['32768', undefined],
    ['', undefined],
  ])('are read from the range of local ports: %j', (text, ports) => {
    expect(parsePortRange(text)).toBe(ports);
  });

  it('of this process can be read', async () => {
    const { openFilesPerProcess } = await readConnectionLimits();
    expect(openFilesPerProcess).toBeGreaterThan(100);
  });
});

describe('checkConnectionBudget', () => {
  const limits = { openFilesPerProcess: 20_000, localPorts: 28_232 };

  it('is content when everything fits', () => {
    expect(checkConnectionBudget({ connections: 19_900, processes: 1 }, limits)).toEqual([]);
    expect(
      checkConnectionBudget({ connections: 28_232, processes: 2, serverProcesses: 2 }, limits),
    ).toEqual([]);
  });

  it.each([
    [{ connections: 19_901, processes: 1 }, 20_001, 20_000, 'load-generating'],
    [{ connections: 19_901, processes: 2, serverProcesses: 1 }, 20_001, 20_000, 'server'],
    [{ connections: 28_233, processes: 4, serverProcesses: 4 }, 28_233, 28_232, 'local ports'],
    [{ connections: 60_000, processes: 9, localAddresses: 2 }, 60_000, 56_464, 'local ports'],
  ])('tells what is short for %j', (demand, needed, available, what) => {
    const found = checkConnectionBudget(demand, limits);
    expect(found).toMatchObject([{ needed, available }]);
    expect(found[0]?.what).toContain(what);
    expect(found[0]?.remedy).not.toBe('');
  });

  it('tells all that is short at once, with one limit that would do for both', () => {
    const found = checkConnectionBudget(
      { connections: 60_000, processes: 1, serverProcesses: 2 },
      limits,
    );
    expect(found.map(({ needed }) => needed)).toEqual([60_100, 30_100, 60_000]);
    expect(found[0]?.remedy).toContain('ulimit -n 60100');
    expect(found[1]?.remedy).toBe(found[0]?.remedy);
    expect(found.map(({ connectionsMax }) => connectionsMax)).toEqual([19_900, 39_800, 28_232]);
  });

  it('does not check a limit that could not be read', () => {
    const unknown = { openFilesPerProcess: undefined, localPorts: undefined };
    expect(checkConnectionBudget({ connections: 1e6, processes: 1 }, unknown)).toEqual([]);
  });
});
