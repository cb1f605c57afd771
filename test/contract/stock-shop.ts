import { expect } from 'vitest';
import type {
  OrderDatabase,
  OrderTruth,
} from '../../src/targets/reference/orders/order-database.ts';
import type {
  OrderRequest,
  PlaceResult,
  StoredOrder,
} from '../../src/targets/reference/orders/order-store.ts';
import type { OrderStoreName } from '../../src/targets/reference/stock/settings.ts';
import type {
  StockStrategy,
  StockStrategyEntry,
} from '../../src/targets/reference/stock/stock-strategy.ts';
import { CacheLab, type LabProcess } from '../helpers/cache-lab.ts';

/** Where the orders are in a test: a real server, or the memory of this process. */
export interface StockFixture {
  readonly store: OrderStoreName;
  /** As if in two server processes, a pool each; one where orders are in the process itself. */
  open(): Promise<readonly OrderDatabase[]>;
  close(): Promise<void>;
}

/** The shop that the tests of one file buy in: each file has an instance of this module to itself. */
let databases: readonly OrderDatabase[] = [];
let lab: CacheLab | undefined;
/** The server processes that were started last: their caches have a part of the truth. */
let running: readonly LabProcess[] = [];

export async function openShop(fixture: StockFixture): Promise<void> {
  lab = await CacheLab.open();
  databases = await fixture.open();
}

export async function closeShop(fixture: StockFixture): Promise<void> {
  await lab?.close();
  await fixture.close();
}

function openLab(): CacheLab {
  if (lab === undefined) throw new Error('the shop is not open');
  return lab;
}

/** Of the first server process. */
export const first = (): OrderDatabase => pick(databases, 0);

/** Of all server processes. */
export const shopProcesses = (): readonly OrderDatabase[] => databases;

export async function truth(): Promise<OrderTruth> {
  const rows = await first().truth('r');
  return running[0]?.caches.desk.truth(rows) ?? rows;
}

/** Brings units, as a back office does, and sees to it that they can be sold. */
export async function bring(entry: StockStrategyEntry, quantity: number): Promise<void> {
  await restock(first(), quantity);
  if (entry.expected.restocks === 'unseen') await running[0]?.caches.desk.warmUp('p');
}

async function restock(database: OrderDatabase, quantity: number): Promise<void> {
  await database.restock('p', quantity);
  await running[0]?.caches.desk.restocked('p');
}

/** Units that the quota of a user counts. */
export async function unitsOf(user: number): Promise<number> {
  return (await first().orders.outlook(orderBy(user))).used;
}

let orderCount = 0;
export function orderBy(user: number, more: Partial<OrderRequest> = {}): OrderRequest {
  orderCount += 1;
  const unique = `${orderCount}`;
  return {
    orderId: `o${unique}`,
    key: `k${unique}`,
    userId: `u${user}`,
    productId: 'p',
    quantity: 1,
    ...more,
  };
}

export const countOf = (results: readonly PlaceResult[], kind: PlaceResult['kind']) =>
  results.filter((result) => result.kind === kind).length;

/** Deals out over the server processes. */
export function pick<T>(processes: readonly T[], index: number): T {
  const one = processes[index % processes.length];
  if (one === undefined) throw new Error('no process');
  return one;
}

/** Everybody at once, dealt out over `processes` instances of the strategy. */
export async function crowd(
  entry: StockStrategyEntry,
  processes: 1 | 2,
  orders: readonly OrderRequest[],
): Promise<readonly PlaceResult[]> {
  const instances = instancesOf(entry, processes);
  return Promise.all(orders.map((order, index) => pick(instances, index).place(order)));
}

/** Instances of the strategy in as many server processes. */
export function instancesOf(entry: StockStrategyEntry, processes: 1 | 2): readonly StockStrategy[] {
  running = openLab().processes(entry, databases.slice(0, processes));
  return running.map(({ strategy }) => strategy);
}

/** A placed order, as a look-up would find it. */
export function committed(order: OrderRequest): StoredOrder {
  return { ...order, status: 'confirmed', remaining: undefined };
}

export async function sell(stock: number, limitPerUser?: number): Promise<void> {
  running = [];
  await first().reset([
    { id: 'p', stock, ...(limitPerUser === undefined ? {} : { limitPerUser }) },
  ]);
  await openLab().forget();
}

export const manyUsers = (count: number) =>
  Array.from({ length: count }, (_, user) => orderBy(user));

/** Units in live orders of a product. */
export async function soldUnits(product = 'p'): Promise<number> {
  const { orders } = await truth();
  return orders
    .filter(({ status, productId }) => status === 'confirmed' && productId === product)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Units that stock and live orders together gained; 0 when all is well. */
export async function unitsGained(supply: number): Promise<number> {
  const { products } = await truth();
  const remaining = products.reduce((sum, product) => sum + product.remaining, 0);
  return (await soldUnits()) + remaining - supply;
}

/** The ledger of an exact strategy counts in one line: each row starts where the last one ended. */
export async function ledgerBreaks(stock: number): Promise<number> {
  const { ledger = [] } = await truth();
  let left = stock;
  let breaks = 0;
  for (const { delta, stockAfter } of ledger) {
    if (stockAfter !== left + delta) breaks += 1;
    left = stockAfter;
  }
  return breaks;
}

/**
 * 40 people buy and withdraw at once, each both several times over, while the shop restocks. All in
 * all 60 units are there: everybody can buy, and nobody is left with anything.
 */
export async function churn(
  entry: StockStrategyEntry,
  processes: 1 | 2,
  restocks: number,
): Promise<void> {
  await sell(60 - restocks);
  const instances = instancesOf(entry, processes);
  const people = manyUsers(40).map(async (order, index) => {
    await pick(instances, index).place(order);
    await Promise.all([0, 1].map((by) => pick(instances, by).release(committed(order))));
  });
  const supplies = Array.from({ length: restocks }, () => restock(pick(databases, 1), 1));
  await Promise.all([...people, ...supplies]);
}

/** How many rounds a race may take to show itself; one is nearly always enough. */
export const rounds = 10;

export async function oversells(entry: StockStrategyEntry, processes: 1 | 2): Promise<boolean> {
  for (let round = 0; round < rounds; round += 1) {
    await sell(50);
    await crowd(entry, processes, manyUsers(300));
    if ((await soldUnits()) > 50) return true;
  }
  return false;
}

/** Nothing is oversold in any round, and in some round somebody is told "sold out" too early. */
export async function refusesSome(entry: StockStrategyEntry, processes: 1 | 2): Promise<void> {
  let refused = 0;
  for (let round = 0; round < rounds; round += 1) {
    await sell(50);
    const instances = instancesOf(entry, processes);
    // Most come to one of the processes: equal parts of a stock are no equal parts of a crowd.
    const results = await Promise.all(
      manyUsers(60).map((order, index) => pick(instances, index % 5 === 0 ? 1 : 0).place(order)),
    );
    const sold = await soldUnits();
    expect(countOf(results, 'placed')).toBe(sold);
    expect(sold).toBeLessThanOrEqual(50);
    expect(await unitsGained(50)).toBe(0);
    refused += 50 - sold;
  }
  expect(refused).toBeGreaterThan(0);
}
