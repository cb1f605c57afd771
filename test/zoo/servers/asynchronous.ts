import { BaseServer, type Row, type Wanted } from '../base-server.ts';
import { polling } from '../profiles.ts';
import { passes, type Specimen } from '../specimen.ts';
import { type Call, Refusal, type Reply } from '../wire.ts';

/** An order that was accepted, and what became of it. */
interface Entry extends Wanted {
  /** A refusal's code once it was decided against. */
  state: string;
}

const decideAfterMs = 25;

/** Accepts at once and decides later, in the order in which it accepted. */
export class Asynchronous extends BaseServer {
  #queue: Entry[] = [];

  protected override newSale(body: Readonly<Record<string, unknown>>): void {
    if (body['runId'] !== this.runId) this.#queue = [];
    super.newSale(body);
  }

  protected override place(wanted: Wanted): Promise<Reply> {
    const known = this.committed(wanted);
    if (known !== undefined) return Promise.resolve(this.created(known));
    this.checkWindow(Date.now());
    const open = this.#queue.find(({ key, state }) => key === wanted.key && state === 'pending');
    if (open !== undefined) return Promise.resolve({ status: 202, body: told(open) });
    const entry: Entry = { ...wanted, state: 'pending' };
    this.#queue.push(entry);
    setTimeout(() => void this.decide(entry), decideAfterMs);
    return Promise.resolve({ status: 202, body: told(entry) });
  }

  protected async decide(entry: Entry): Promise<void> {
    const { orderId, key, userId, deviceId, productId, quantity } = entry;
    const wanted = { orderId, key, userId, deviceId, productId, quantity };
    try {
      this.checkLimit(wanted);
      this.writeRow(wanted, await this.takeStock(wanted));
      entry.state = 'done';
    } catch (error) {
      entry.state = error instanceof Refusal ? error.code : 'overloaded';
    }
  }

  protected override async lookUp(call: Call, isMeant: (row: Row) => boolean): Promise<Reply> {
    const { userId } = this.sessionOf(call);
    const entry = this.#queue.findLast(
      (one) => one.userId === userId && one.state !== 'done' && isMeant(asRow(one)),
    );
    const isCommitted = this.rows.some((row) => row.userId === userId && isMeant(row));
    if (entry === undefined || isCommitted) return super.lookUp(call, isMeant);
    return { status: 200, body: told(entry) };
  }

  protected override truth(): Readonly<Record<string, unknown>> {
    const pending = this.#queue.filter(({ state }) => state === 'pending').map(asRow);
    const committed = super.truth()['orders'] as readonly unknown[];
    return { ...super.truth(), orders: [...committed, ...pending] };
  }
}

function asRow({ orderId: id, ...wanted }: Wanted): Row {
  return { ...wanted, id, remaining: 0, status: 'pending' };
}

function told({ orderId, key, productId, quantity, state }: Entry): Record<string, unknown> {
  const order = { orderId, key, productId, quantity };
  return state === 'pending'
    ? { ...order, status: 'pending' }
    : { ...order, status: 'rejected', code: state };
}

export const asynchronous: Specimen = {
  name: 'asynchronous',
  story: 'answers 202 and decides later, in order',
  create: (promises) => new Asynchronous(promises),
  scenario: polling,
  expected: passes,
};
