import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConnectionPool,
  type Lease,
  type PoolWaiter,
} from '../../../src/transport/connection-pool.ts';

class FakeConnection {
  open = true;
  idleDeadlineNs = Number.POSITIVE_INFINITY;

  close(): void {
    this.open = false;
  }
}

/** Connects when the test says so. */
class FakeConnector {
  readonly pending: { succeed: () => FakeConnection; fail: () => void }[] = [];
  readonly made: FakeConnection[] = [];

  connect(): Promise<FakeConnection> {
    return new Promise((resolve, reject) => {
      this.pending.push({
        succeed: () => {
          const connection = new FakeConnection();
          this.made.push(connection);
          resolve(connection);
          return connection;
        },
        fail: () => reject(new Error('refused')),
      });
    });
  }

  async succeedAll(): Promise<void> {
    while (this.pending.length > 0) {
      for (const { succeed } of this.pending.splice(0)) succeed();
      await settled();
    }
  }
}

class Waiter implements PoolWaiter<FakeConnection> {
  lease: Lease<FakeConnection> | undefined;
  refused = 0;
  inLine = false;

  onLease(lease: Lease<FakeConnection>): void {
    this.lease = lease;
  }

  onNoLease(): void {
    this.refused += 1;
  }
}

/** Lets everything go on that waits for settled promises only. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function waiting(pool: ConnectionPool<FakeConnection>, count: number): Waiter[] {
  return Array.from({ length: count }, () => {
    const waiter = new Waiter();
    pool.acquire(waiter);
    return waiter;
  });
}

function give(pool: ConnectionPool<FakeConnection>, waiter: Waiter | undefined): void {
  const { lease } = waiter ?? {};
  if (waiter === undefined || lease === undefined) throw new Error('the waiter has no connection');
  waiter.lease = undefined;
  pool.release(lease);
}

describe('ConnectionPool', () => {
  it('opens no more connections than it may, and lends them first come, first served', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 2);
    const waiters = waiting(pool, 5);
    expect(connector.pending).toHaveLength(2);
    await connector.succeedAll();
    expect(waiters.map(({ lease }) => lease?.number)).toEqual([0, 1, ...Array<undefined>(3)]);
    expect(pool.waiting).toBe(3);
    give(pool, waiters[1]);
    give(pool, waiters[0]);
    expect(waiters.map(({ lease }) => lease?.number)).toEqual([
      undefined,
      undefined,
      1,
      0,
      undefined,
    ]);
    expect(connector.made).toHaveLength(2);
  });

  it('lends an idle connection at once, the one that was idle for longest', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 3);
    const first = waiting(pool, 3);
    await connector.succeedAll();
    for (const index of [2, 0, 1]) give(pool, first[index]);
    expect(waiting(pool, 3).map(({ lease }) => lease?.number)).toEqual([2, 0, 1]);
  });

  it('lends no connection that was lost while it was idle', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 1);
    const [first] = waiting(pool, 1);
    await connector.succeedAll();
    give(pool, first);
    connector.made[0]?.close();
    const [second] = waiting(pool, 1);
    expect(second?.lease).toBeUndefined();
    await connector.succeedAll();
    expect(second?.lease?.number).toBe(1);
  });

  it('opens another in place of one that came back closed, when somebody waits', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 1);
    const [first, second] = waiting(pool, 2);
    await connector.succeedAll();
    first?.lease?.connection.close();
    give(pool, first);
    await connector.succeedAll();
    expect(second?.lease?.connection.open).toBe(true);
    second?.lease?.connection.close();
    give(pool, second);
    await settled();
    expect(connector.pending).toHaveLength(0);
  });

  it('refuses each waiter once when nothing can be connected, and none while others are lent', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 2);
    const refused = waiting(pool, 3);
    for (let round = 0; round < 3; round += 1) {
      for (const { fail } of connector.pending.splice(0)) fail();
      await settled();
    }
    expect(refused.map((waiter) => waiter.refused)).toEqual([1, 1, 1]);
    expect(pool.waiting).toBe(0);

    const [lent, waits] = waiting(pool, 2);
    connector.pending.shift()?.succeed();
    await settled();
    expect(lent?.lease).toBeDefined();
    for (const { fail } of connector.pending.splice(0)) fail();
    await settled();
    expect(waits?.refused).toBe(0);
    give(pool, lent);
    expect(waits?.lease).toBeDefined();
  });

  it('keeps a connection that nobody wants any more for the next', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 1);
    const [impatient] = waiting(pool, 1);
    if (impatient !== undefined) pool.cancel(impatient);
    await connector.succeedAll();
    expect(impatient?.lease).toBeUndefined();
    expect([...pool.leases()]).toHaveLength(1);
    const [next] = waiting(pool, 1);
    expect(next?.lease?.number).toBe(0);
    expect(connector.made).toHaveLength(1);
  });

  it('fills up, and drops what the server will close', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 3);
    expect(pool.dropStale(0)).toBe(3);
    const filled = Promise.all([0, 1, 2, 3].map(() => pool.openOne()));
    await connector.succeedAll();
    await filled;
    expect(connector.made).toHaveLength(3);
    const [dying, dead] = connector.made;
    if (dying === undefined || dead === undefined) throw new Error('three were made');
    dying.idleDeadlineNs = 100;
    dead.close();
    expect(pool.dropStale(99)).toBe(1);
    expect(pool.dropStale(100)).toBe(2);
    expect(dying.open).toBe(false);
  });

  it('rejects the opening of one that cannot be connected', async () => {
    const connector = new FakeConnector();
    const pool = new ConnectionPool(connector, 1);
    const opening = pool.openOne();
    connector.pending.shift()?.fail();
    await expect(opening).rejects.toThrow('refused');
    expect(pool.dropStale(0)).toBe(1);
  });

  it('never lends more than its size, nor one connection twice, whatever happens', async () => {
    const step = fc.constantFrom('acquire', 'release', 'break', 'cancel', 'connect', 'refuse');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 60 }),
        playSteps,
      ),
      { numRuns: 300 },
    );
  });
});

async function playSteps(size: number, steps: readonly string[]): Promise<void> {
  const connector = new FakeConnector();
  const pool = new ConnectionPool(connector, size);
  const waiters: Waiter[] = [];
  for (const step of steps) {
    const holder = waiters.find(({ lease }) => lease !== undefined);
    const waits = waiters.find((waiter) => waiter.lease === undefined && waiter.refused === 0);
    if (step === 'acquire') waiters.push(...waiting(pool, 1));
    else if (step === 'connect') connector.pending.shift()?.succeed();
    else if (step === 'refuse') connector.pending.shift()?.fail();
    else if (step === 'cancel' && waits !== undefined) {
      pool.cancel(waits);
      waiters.splice(waiters.indexOf(waits), 1);
    } else if (holder !== undefined && step !== 'cancel') {
      if (step === 'break') holder.lease?.connection.close();
      give(pool, holder);
      waiters.splice(waiters.indexOf(holder), 1);
    }
    await settled();
    const lent = waiters.flatMap(({ lease }) => (lease === undefined ? [] : [lease]));
    expect(new Set(lent).size).toBe(lent.length);
    expect([...pool.leases()].length + connector.pending.length).toBeLessThanOrEqual(size);
  }
  // Whoever still waits is served in the end.
  for (let round = 0; round < steps.length + 1; round += 1) {
    for (const waiter of waiters) if (waiter.lease !== undefined) give(pool, waiter);
    await connector.succeedAll();
  }
  expect(pool.waiting).toBe(0);
}
