import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../../src/core/assert.ts';
import { stockStrategies } from '../../src/targets/reference/stock/registry.ts';
import { buyers, committed, countOf, orderBy } from '../helpers/buyers.ts';
import { CacheLab, type LabProcess } from '../helpers/cache-lab.ts';
import { until } from '../integration/reference-fixture.ts';

let lab: CacheLab;
beforeAll(async () => {
  lab = await CacheLab.open();
});
afterAll(() => lab.close());
beforeEach(() => lab.sell(10));

const {
  'local-cache': local,
  'partitioned-cache': partitioned,
  'redis-lua': lua,
} = stockStrategies;

const at = (processes: readonly LabProcess[], index: number): LabProcess =>
  defined(processes[index], 'a process');

async function placeAt(processes: readonly LabProcess[], index: number, count: number) {
  const { strategy } = at(processes, index);
  return Promise.all(buyers(count).map((order) => strategy.place(order)));
}

async function seen(processes: readonly LabProcess[]) {
  const { desk } = at(processes, 0).caches;
  const { products, orders } = await desk.truth(await lab.databases[0].truth('r'));
  return { ...defined(products[0], 'the product'), sold: orders.length };
}

describe('local-cache', () => {
  it('sells the whole stock in every process, and the books say so', async () => {
    const processes = lab.processes(local, lab.databases, { recovery: 'none' });
    for (const index of [0, 1]) {
      expect(countOf(await placeAt(processes, index, 15), 'placed')).toBe(10);
    }
    expect(await seen(processes)).toMatchObject({ sold: 20, remaining: -10, cached: 0 });
  });

  it.each([
    ['none', 10],
    ['from-orders', 6],
  ] as const)(
    'in a process that replaces one that died sells %s: %i more',
    async (recovery, more) => {
      const before = lab.processes(local, [lab.databases[0]], { recovery });
      await placeAt(before, 0, 4);
      const after = lab.processes(local, [lab.databases[0]], { recovery });
      expect(countOf(await placeAt(after, 0, 20), 'placed')).toBe(more);
    },
  );

  it('does not see a restock until it is warmed up', async () => {
    const processes = lab.processes(local, [lab.databases[0]]);
    await placeAt(processes, 0, 12);
    await lab.databases[0].restock('p', 3);
    const { desk } = at(processes, 0).caches;
    await desk.restocked('p');
    expect(countOf(await placeAt(processes, 0, 5), 'placed')).toBe(0);
    await desk.warmUp('p');
    expect(countOf(await placeAt(processes, 0, 5), 'placed')).toBe(3);
  });
});

describe('partitioned-cache', () => {
  it('gives each process its share, the odd unit to the first', async () => {
    await lab.sell(11);
    const processes = lab.processes(partitioned, lab.databases);
    expect(countOf(await placeAt(processes, 0, 20), 'placed')).toBe(6);
    // Sold out here, and five are left there.
    expect(await seen(processes)).toMatchObject({ sold: 6, remaining: 5, cached: 5 });
    expect(countOf(await placeAt(processes, 1, 20), 'placed')).toBe(5);
  });

  it('leaves the share of a process that died to nobody', async () => {
    const processes = lab.processes(partitioned, lab.databases);
    await placeAt(processes, 0, 2);
    await placeAt(processes, 1, 1);
    const [replaced] = lab.processes(partitioned, lab.databases);
    const now = [defined(replaced, 'a process'), at(processes, 1)];
    expect(countOf(await placeAt(now, 0, 20), 'sold-out')).toBe(20);
    expect(countOf(await placeAt(now, 1, 20), 'placed')).toBe(4);
    // Three units are neither sold nor to be had.
    expect(await seen(now)).toMatchObject({ sold: 7, remaining: 3, cached: 0 });
  });

  it('shares a restock out among those who have sold theirs', async () => {
    const processes = lab.processes(partitioned, lab.databases);
    for (const index of [0, 1]) await placeAt(processes, index, 20);
    await lab.databases[1].restock('p', 4);
    await at(processes, 0).caches.desk.restocked('p');
    expect(await seen(processes)).toMatchObject({ sold: 10, cached: 4 });
    for (const index of [0, 1]) {
      expect(countOf(await placeAt(processes, index, 20), 'placed')).toBe(2);
    }
  });

  it('gives withdrawn units to the process that withdrew them, also if it has none yet', async () => {
    const processes = lab.processes(partitioned, lab.databases);
    const orders = buyers(5);
    await Promise.all(orders.map((order) => at(processes, 0).strategy.place(order)));
    for (const order of orders.slice(0, 3)) {
      await at(processes, 1).strategy.release(committed(order));
    }
    expect(countOf(await placeAt(processes, 0, 9), 'sold-out')).toBe(9);
    expect(countOf(await placeAt(processes, 1, 9), 'placed')).toBe(8);
  });
});

describe.each([lua, local, partitioned])('a warm-up of $name', (entry) => {
  it('by hand comes before anything is for sale', async () => {
    const processes = lab.processes(entry, lab.databases, { warmUp: { kind: 'manual' } });
    expect(countOf(await placeAt(processes, 0, 3), 'sold-out')).toBe(3);
    await at(processes, 0).caches.desk.warmUp('p');
    expect((await seen(processes)).cached).toBe(10);
    expect(countOf(await placeAt(processes, 1, 3), 'placed')).toBe(3);
  });

  it('on time is done so long before the opening, by those who were there', async () => {
    const warmUp = { kind: 'scheduled', leadMs: 400 } as const;
    const processes = lab.processes(entry, lab.databases, { warmUp });
    const sale = { runId: 'r', opensAtMs: Date.now() + 700 };
    for (const { caches } of processes) caches.onSale(sale);
    await delay(100);
    expect((await seen(processes)).cached).toBeNull();
    await until(async () => (await seen(processes)).cached === 10);
    expect(Date.now()).toBeLessThan(sale.opensAtMs);
    expect(countOf(await placeAt(processes, 0, 3), 'placed')).toBe(3);
  });
});

describe('a count that was warm and is lost', () => {
  it('is loaded by whoever misses it, in any process', async () => {
    const processes = lab.processes(lua, lab.databases, { warmUp: { kind: 'manual' } });
    await at(processes, 0).caches.desk.warmUp('p');
    await placeAt(processes, 0, 4);
    await lab.redis.flush();
    expect(countOf(await placeAt(processes, 1, 9), 'placed')).toBe(6);
  });
});

describe('a warm-up that fails', () => {
  it('says so when Redis is gone, and serves again when it is back', async () => {
    const processes = lab.processes(lua, lab.databases);
    await placeAt(processes, 0, 1);
    process.kill(lab.redis.pid, 'SIGKILL');
    await expect(at(processes, 0).caches.desk.warmUp('p')).rejects.toThrow(/Redis/);
    await expect(at(processes, 0).strategy.place(orderBy(1))).rejects.toThrow(/Redis/);
    await lab.redis.restart({ persistence: 'none' });
    expect(countOf(await placeAt(processes, 0, 2), 'placed')).toBe(2);
  });

  it('does not keep others waiting when the database is gone', async () => {
    const [database] = lab.databases;
    let isGone = true;
    const shaky = {
      ...database,
      truth: (...args: Parameters<typeof database.truth>) =>
        isGone ? Promise.reject(new Error('the database is gone')) : database.truth(...args),
    };
    const processes = lab.processes(lua, [shaky]);
    await expect(at(processes, 0).caches.desk.warmUp('p')).rejects.toThrow('the database is gone');
    // A request is told that nothing was done.
    await expect(at(processes, 0).strategy.place(orderBy(1))).rejects.toThrow(
      /could not be loaded/,
    );
    isGone = false;
    expect(countOf(await placeAt(processes, 0, 2), 'placed')).toBe(2);
  });

  it('on time is told to whoever runs the server', async () => {
    const incidents: string[] = [];
    const database = {
      ...lab.databases[0],
      truth: () => Promise.reject(new Error('the database is gone')),
    };
    const processes = lab.processes(lua, [database], {
      warmUp: { kind: 'scheduled', leadMs: 50 },
      tell: (incident) => incidents.push(incident),
    });
    at(processes, 0).caches.onSale({ runId: 'r', opensAtMs: Date.now() + 60 });
    await until(() => incidents.length > 0);
    expect(incidents).toEqual(['the scheduled warm-up failed: the database is gone']);
  });
});
