import { describe, expect, it } from 'vitest';
import { Connector } from '../../../src/transport/connector.ts';

/** A connection that opens when the test says so. */
class FakeConnection {
  readonly addresses: string[] = [];
  closedBecause: string | undefined;
  open: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;

  connect(address: string): Promise<void> {
    this.addresses.push(address);
    return new Promise((resolve, reject) => {
      this.open = resolve;
      this.fail = reject;
    });
  }

  close(reason: string): void {
    this.closedBecause = reason;
    this.fail(new Error(reason));
  }
}

const endpoint = { host: '127.0.0.1', port: 8080, tls: false };

function connectorWith(options: { maxConnecting?: number; connectTimeoutMs?: number } = {}) {
  const made: FakeConnection[] = [];
  const create = () => {
    const connection = new FakeConnection();
    made.push(connection);
    return connection;
  };
  return { connector: new Connector(endpoint, create, options), made };
}

/** Lets everything go on that waits for settled promises only. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How a promise ended, in words. */
function endOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'connected',
    (error: unknown) => (error instanceof Error && 'why' in error ? String(error.why) : 'failed'),
  );
}

describe('Connector', () => {
  it('opens connections in the order they were asked for, a bounded number at a time', async () => {
    const { connector, made } = connectorWith({ maxConnecting: 2 });
    const order: number[] = [];
    const all = [0, 1, 2, 3, 4].map((index) => connector.connect().then(() => order.push(index)));
    await settled();
    expect(made.length).toBe(2);
    expect(connector.connecting).toBe(2);
    expect(connector.queued).toBe(3);
    for (let index = 0; index < 5; index += 1) {
      made[index]?.open();
      await settled();
    }
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(connector.connecting).toBe(0);
    expect(connector.queued).toBe(0);
  });

  it('goes on with the next when one fails', async () => {
    const { connector, made } = connectorWith({ maxConnecting: 1 });
    const first = endOf(connector.connect());
    const second = endOf(connector.connect());
    await settled();
    made[0]?.fail(new Error('refused'));
    await settled();
    made[1]?.open();
    expect(await first).toBe('failed');
    expect(await second).toBe('connected');
  });

  it('gives a connect up after its time, counted from when its turn came', async () => {
    const { connector, made } = connectorWith({ maxConnecting: 1, connectTimeoutMs: 20 });
    const ends = [endOf(connector.connect()), endOf(connector.connect())];
    await ends[0];
    await settled();
    expect(made[0]?.closedBecause).toBe('No connection within 20.0 ms.');
    expect(made[1]?.closedBecause).toBeUndefined();
    made[1]?.open();
    expect(await ends[1]).toBe('connected');
  });

  it('fails what waits, what is under way and what is asked for later once it is aborted', async () => {
    const { connector, made } = connectorWith({ maxConnecting: 2 });
    const opened = endOf(connector.connect());
    await settled();
    made[0]?.open();
    expect(await opened).toBe('connected');
    const ends = [0, 1, 2].map(() => endOf(connector.connect()));
    await settled();
    connector.abort('Enough.');
    ends.push(endOf(connector.connect()));
    expect(await Promise.all(ends)).toEqual(['failed', 'failed', 'Enough.', 'Enough.']);
    expect(made.map(({ closedBecause }) => closedBecause)).toEqual([
      undefined,
      'Enough.',
      'Enough.',
    ]);
    expect(connector.connecting).toBe(0);
  });

  it('does not begin a connect whose host was being looked up when it was aborted', async () => {
    const { connector, made } = connectorWith();
    const end = endOf(connector.connect());
    connector.abort('Enough.');
    expect(await end).toBe('Enough.');
    expect(made[0]?.addresses).toEqual([]);
  });
});
