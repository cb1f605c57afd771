import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, Refusal, type Reply } from './wire.ts';

/**
 * An order server in memory that does everything right. Every animal of the zoo overrides one step
 * of it. What a method does without an `await` nothing can come between.
 */

/** What a server promises beyond stock and limit per user: its settings and its contract. */
export interface Promises {
  readonly maximumSessions?: number;
  readonly onExceed?: 'terminate-oldest' | 'deny';
  readonly rateLimit?: RateLimit;
}

/** How many orders and pages of one user are let through. */
interface RateLimit {
  /**
   * sliding-window: at most `limit` in any window of `windowMs`. token-bucket: a burst of `limit`, and
   * `limit` more in each `windowMs`.
   */
  readonly algorithm: 'sliding-window' | 'token-bucket';
  readonly limit: number;
  readonly windowMs: number;
}

/** A product in the store. */
export interface Stock {
  readonly id: string;
  readonly initial: number;
  readonly limitPerUser: number | undefined;
  remaining: number;
}

/** A row of the table of orders. */
export interface Row {
  readonly id: string;
  readonly key: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly productId: string;
  readonly quantity: number;
  /** Stock after it was taken, as its buyer is told. */
  readonly remaining: number;
  status: 'confirmed' | 'cancelled' | 'pending';
}

/** An order that somebody wants. */
export interface Wanted {
  /** The id that it will have. */
  readonly orderId: string;
  readonly key: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly productId: string;
  readonly quantity: number;
}

/** A device that logged in. */
export interface Session {
  readonly token: string;
  readonly userId: string;
  readonly deviceId: string;
  ended: 'evicted' | 'replaced' | 'logout' | undefined;
}

/** A movement of stock. */
export interface Movement {
  readonly seq: number;
  readonly key: string | null;
  readonly productId: string;
  readonly delta: number;
  readonly stockAfter: number;
}

type MaybePromise<T> = T | Promise<T>;

/** How long a request is under way before it is decided: long enough that others are, too. */
const workMs = 4;

export class BaseServer {
  readonly promises: Promises;
  runId = '';
  opensAtMs: number | null = null;
  closesAtMs: number | null = null;
  /** Requests of shoppers under way. */
  inFlight = 0;
  stocks: Stock[] = [];
  rows: Row[] = [];
  ledger: Movement[] = [];
  sessions: Session[] = [];
  /** When each user was let through, in ms. */
  admitted = new Map<string, number[]>();

  constructor(promises: Promises = {}) {
    this.promises = promises;
  }

  async handle(call: Call): Promise<Reply> {
    const [place, first] = call.path;
    if (place === 'health') return { status: 200, body: { status: 'ok' } };
    if (place === 'admin') return this.administer(`${call.method} ${first ?? ''}`, call.body);
    this.inFlight += 1;
    try {
      return await this.serve(call);
    } finally {
      this.inFlight -= 1;
    }
  }

  protected serve(call: Call): MaybePromise<Reply> {
    const [place, first = '', second = ''] = call.path;
    switch (`${call.method} ${place ?? ''}`) {
      case 'POST login':
        return this.login(String(call.body['userId']), String(call.body['deviceId']));
      case 'DELETE session':
        return this.logout(call);
      case 'GET products':
        return this.page(call, first);
      case 'POST orders':
        return this.order(call);
      case 'GET orders':
        return first === 'by-key'
          ? this.lookUp(call, ({ key }) => key === second)
          : this.lookUp(call, ({ id }) => id === first);
      case 'DELETE orders':
        return this.cancel(call, first);
      default:
        throw new Refusal('not-found');
    }
  }

  // Sessions.

  protected login(userId: string, deviceId: string): Reply {
    const own = this.sessions.filter((one) => one.userId === userId && one.ended === undefined);
    const { onExceed } = this.promises;
    const others = own.filter((one) => one.deviceId !== deviceId);
    if (onExceed === 'deny' && others.length >= this.maximumSessions()) {
      throw new Refusal('device-limit');
    }
    for (const session of own) if (session.deviceId === deviceId) session.ended = 'replaced';
    this.evict(others);
    const session: Session = { token: randomUUID(), userId, deviceId, ended: undefined };
    this.sessions.push(session);
    return { status: 201, body: { token: session.token, sessionId: session.token } };
  }

  /** Makes room for one more session beside `live` ones of the same person, oldest first. */
  protected evict(live: readonly Session[]): void {
    const excess = live.length + 1 - this.maximumSessions();
    for (const session of live.slice(0, Math.max(0, excess))) session.ended = 'evicted';
  }

  protected maximumSessions(): number {
    return this.promises.maximumSessions ?? Number.POSITIVE_INFINITY;
  }

  /** The live session that the request came with. */
  protected sessionOf(call: Call): Session {
    const session = this.sessions.find(({ token }) => token === call.token);
    if (session === undefined || session.ended !== undefined) throw new Refusal('unauthorized');
    return session;
  }

  protected logout(call: Call): Reply {
    this.sessionOf(call).ended = 'logout';
    return { status: 204 };
  }

  /** The rate limit: a log of what was let through, read and written in one step. */
  protected admit(userId: string): void {
    const { rateLimit } = this.promises;
    if (rateLimit === undefined) return;
    const nowMs = performance.now();
    const log = this.admitted.get(userId) ?? [];
    const recent = log.filter((atMs) => atMs > nowMs - rateLimit.windowMs);
    if (recent.length >= rateLimit.limit) throw new Refusal('limited');
    this.admitted.set(userId, [...recent, nowMs]);
  }

  // Orders.

  protected async page(call: Call, productId: string): Promise<Reply> {
    this.admit(this.sessionOf(call).userId);
    await this.work();
    const { id, remaining, limitPerUser } = this.stockOf(productId);
    return { status: 200, body: { id, remaining, limitPerUser, opensAt: this.opensAtMs } };
  }

  protected async order(call: Call): Promise<Reply> {
    const { userId, deviceId } = this.sessionOf(call);
    const { key } = call;
    const { productId, quantity } = call.body;
    if (key === undefined || typeof productId !== 'string' || typeof quantity !== 'number') {
      throw new Refusal('bad-request');
    }
    this.admit(userId);
    await this.work();
    return this.place({ orderId: randomUUID(), key, userId, deviceId, productId, quantity });
  }

  /** What a database would take. */
  protected async work(): Promise<void> {
    await sleep(workMs);
  }

  protected async place(wanted: Wanted): Promise<Reply> {
    const known = this.committed(wanted);
    if (known !== undefined) return this.created(known);
    this.checkWindow(Date.now());
    this.checkLimit(wanted);
    const remaining = await this.takeStock(wanted);
    return this.created(this.writeRow(wanted, remaining));
  }

  /** The row that the key has already; refuses when it was meant for another order. */
  protected committed(wanted: Wanted): Row | undefined {
    const known = this.rows.find(({ key }) => key === wanted.key);
    if (known === undefined) return undefined;
    const same =
      known.userId === wanted.userId &&
      known.productId === wanted.productId &&
      known.quantity === wanted.quantity;
    if (!same) throw new Refusal('key-reuse');
    return known;
  }

  protected checkWindow(nowMs: number): void {
    if (this.opensAtMs === null || nowMs < this.opensAtMs) throw new Refusal('not-open');
    if (this.closesAtMs !== null && nowMs >= this.closesAtMs) throw new Refusal('closed');
  }

  protected checkLimit(wanted: Wanted): void {
    const { limitPerUser } = this.stockOf(wanted.productId);
    const used = this.unitsOf(wanted);
    if (limitPerUser !== undefined && used + wanted.quantity > limitPerUser) {
      throw new Refusal('limit-per-user');
    }
  }

  /** Units of the product that the buyer has. */
  protected unitsOf({ userId, productId }: Wanted): number {
    const own = this.rows.filter((row) => row.userId === userId && row.productId === productId);
    return own.reduce((sum, row) => sum + (row.status === 'cancelled' ? 0 : row.quantity), 0);
  }

  /** Takes the units and returns what is left then. */
  protected takeStock({ productId, quantity, key }: Wanted): MaybePromise<number> {
    const stock = this.stockOf(productId);
    if (stock.remaining < quantity) throw new Refusal('sold-out');
    return this.move(stock, -quantity, key);
  }

  protected stockOf(productId: string): Stock {
    const stock = this.stocks.find(({ id }) => id === productId);
    if (stock === undefined) throw new Refusal('not-found');
    return stock;
  }

  /** Moves stock and writes it down, in one step. */
  protected move(stock: Stock, delta: number, key: string | null): number {
    stock.remaining += delta;
    this.record(stock, delta, key, stock.remaining);
    return stock.remaining;
  }

  protected record(stock: Stock, delta: number, key: string | null, stockAfter: number): void {
    const seq = this.ledger.length + 1;
    this.ledger.push({ seq, key, productId: stock.id, delta, stockAfter });
  }

  protected writeRow(wanted: Wanted, remaining: number): Row {
    const { orderId: id, ...order } = wanted;
    const row: Row = { ...order, id, remaining, status: 'confirmed' };
    this.rows.push(row);
    return row;
  }

  protected created({ id, productId, quantity, remaining }: Row): Reply {
    return { status: 201, body: { orderId: id, productId, quantity, remaining } };
  }

  protected async lookUp(call: Call, isMeant: (row: Row) => boolean): Promise<Reply> {
    const { userId } = this.sessionOf(call);
    await this.work();
    const row = this.rows.find((one) => one.userId === userId && isMeant(one));
    if (row === undefined) throw new Refusal('not-found');
    return this.told(row);
  }

  protected told({ id, key, productId, quantity, status }: Row): Reply {
    return { status: 200, body: { orderId: id, key, productId, quantity, status } };
  }

  protected async cancel(call: Call, orderId: string): Promise<Reply> {
    const { userId } = this.sessionOf(call);
    await this.work();
    const row = this.rows.find((one) => one.userId === userId && one.id === orderId);
    if (row === undefined) throw new Refusal('not-found');
    if (row.status !== 'cancelled') {
      row.status = 'cancelled';
      this.release(row);
    }
    return { status: 200, body: { orderId: row.id, status: 'cancelled' } };
  }

  /** Gives the units of a withdrawn order back. */
  protected release({ productId, quantity, key }: Row): void {
    this.move(this.stockOf(productId), quantity, key);
  }

  // What the runner sees and does.

  protected administer(what: string, body: Readonly<Record<string, unknown>>): Reply {
    switch (what) {
      case 'GET truth':
        return { status: 200, body: this.truth() };
      case 'POST sale':
        this.newSale(body);
        return { status: 200, body: {} };
      case 'POST events':
        this.apply(body);
        return { status: 200, body: {} };
      default:
        throw new Refusal('not-found');
    }
  }

  /** A new run resets everything; the same run may say again when it opens. */
  protected newSale(body: Readonly<Record<string, unknown>>): void {
    const { runId, opensAt, closesAt, products } = body as {
      runId: string;
      opensAt: number | null;
      closesAt: number | null;
      products: { id: string; stock: number; limitPerUser?: number }[];
    };
    if (runId !== this.runId) {
      this.stocks = products.map(({ id, stock, limitPerUser }) => {
        return { id, initial: stock, remaining: stock, limitPerUser };
      });
      [this.rows, this.ledger, this.sessions] = [[], [], []];
      this.admitted.clear();
    }
    [this.runId, this.opensAtMs, this.closesAtMs] = [runId, opensAt, closesAt];
  }

  protected apply(body: Readonly<Record<string, unknown>>): void {
    if (body['kind'] === 'close') this.closesAtMs = Date.now();
    else this.restock(this.stockOf(String(body['productId'])), Number(body['quantity']));
  }

  protected restock(stock: Stock, quantity: number): void {
    this.move(stock, quantity, null);
  }

  protected truth(): Readonly<Record<string, unknown>> {
    const live = this.sessions.filter(({ ended }) => ended === undefined);
    const perUser = new Map<string, number>();
    for (const { userId } of live) perUser.set(userId, (perUser.get(userId) ?? 0) + 1);
    return {
      schemaVersion: 1,
      runId: this.runId,
      products: this.stocks.map(({ id, initial, remaining }) => ({ id, initial, remaining })),
      orders: this.rows.map(({ id, key, userId, productId, quantity, status }) => {
        return { id, key, userId, productId, quantity, status };
      }),
      sessions: {
        created: this.sessions.length,
        alive: live.length,
        evicted: this.sessions.filter(({ ended }) => ended === 'evicted').length,
        aliveMaxPerUser: Math.max(0, ...perUser.values()),
      },
      ledger: this.ledger,
      inFlight: this.inFlight,
    };
  }
}
