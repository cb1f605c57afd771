import { describe, expect, it } from 'vitest';
import type { PlaceResult } from '../../../../src/targets/reference/orders/order-store.ts';
import type {
  Decision,
  OrderQueue,
} from '../../../../src/targets/reference/postgres/order-queue.ts';
import { QueueConsumer } from '../../../../src/targets/reference/queue-consumer.ts';

const order = { orderId: 'o1', key: 'k1', userId: 'u1', productId: 'p1', quantity: 1 };
const stored = { ...order, status: 'confirmed', remaining: 1 } as const;

/** A queue of turns: each gives one order to decide, fails, or has nothing. */
class FakeQueue implements OrderQueue {
  readonly decisions: (Decision | undefined)[] = [];
  turns = 0;
  readonly #script: ('order' | 'failure')[];
  readonly #onTurn: (turns: number) => void;

  constructor(script: ('order' | 'failure')[], onTurn: (turns: number) => void = () => undefined) {
    this.#script = script;
    this.#onTurn = onTurn;
  }

  enqueue(): Promise<'queued'> {
    return Promise.resolve('queued');
  }

  async turn(_max: number, decide: Parameters<OrderQueue['turn']>[1]): Promise<number> {
    this.turns += 1;
    this.#onTurn(this.turns);
    const step = this.#script.shift();
    if (step === 'failure') throw new Error('the database is gone');
    if (step === undefined) return 0;
    const decision = await decide(order);
    this.decisions.push(decision);
    return decision === undefined ? 0 : 1;
  }
}

/** Resolves once the queue was looked at `turns` times. */
function turnsOf(script: ('order' | 'failure')[], turns: number) {
  let reached: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const queue = new FakeQueue(script, (count) => {
    if (count >= turns) reached();
  });
  return { queue, done };
}

describe('QueueConsumer', () => {
  it.each<[PlaceResult, Decision | undefined]>([
    [{ kind: 'placed', orderId: 'o1', remaining: 1 }, { status: 'done' }],
    [{ kind: 'replayed', order: stored }, { status: 'done' }],
    [{ kind: 'sold-out' }, { status: 'rejected', code: 'sold-out' }],
    [{ kind: 'limit-per-user' }, { status: 'rejected', code: 'limit-per-user' }],
    [{ kind: 'key-reuse' }, { status: 'rejected', code: 'key-reuse' }],
    [{ kind: 'unknown-product' }, { status: 'rejected', code: 'not-found' }],
    [{ kind: 'in-progress' }, undefined],
  ])('takes %j for %j', async (result, decision) => {
    const { queue, done } = turnsOf(['order'], 2);
    const consumer = new QueueConsumer(queue, () => Promise.resolve(result));
    consumer.start();
    consumer.ring();
    await done;
    await consumer.stop();
    expect(queue.decisions).toEqual([decision]);
  });

  it('leaves an order alone of which nobody knows what became, and goes on', async () => {
    const { queue, done } = turnsOf(['order', 'order'], 3);
    const results = [
      Promise.reject(new Error('no answer to COMMIT')),
      Promise.resolve({ kind: 'sold-out' } as const),
    ];
    const consumer = new QueueConsumer(
      queue,
      () => results.shift() ?? Promise.reject(new Error('too often')),
    );
    consumer.start();
    await done;
    await consumer.stop();
    expect(queue.decisions).toEqual([undefined, { status: 'rejected', code: 'sold-out' }]);
  });

  it('outlives a database that fails', async () => {
    const { queue, done } = turnsOf(['failure', 'failure', 'order'], 4);
    const consumer = new QueueConsumer(queue, () => Promise.resolve({ kind: 'sold-out' }));
    consumer.start();
    await done;
    await consumer.stop();
    expect(queue.decisions).toHaveLength(1);
  });

  it('begins nothing new once it is stopped, also while it rests', async () => {
    const { queue, done } = turnsOf([], 1);
    const consumer = new QueueConsumer(queue, () => Promise.resolve({ kind: 'sold-out' }));
    consumer.start();
    consumer.start();
    await done;
    await consumer.stop();
    const { turns } = queue;
    consumer.ring();
    await consumer.stop();
    expect(queue.turns).toBe(turns);
  });

  it('lets go of what it holds when it is stopped in the middle of a turn', async () => {
    let stopping: Promise<void> = Promise.resolve();
    const queue = new FakeQueue(['order', 'order'], () => {
      stopping = consumer.stop();
    });
    const consumer: QueueConsumer = new QueueConsumer(queue, () =>
      Promise.resolve({ kind: 'sold-out' }),
    );
    consumer.start();
    await stopping;
    await consumer.stop();
    expect(queue.decisions).toEqual([undefined]);
  });
});
