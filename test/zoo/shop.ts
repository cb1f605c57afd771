import { onTestFinished } from 'vitest';
import type {
  LedgerEntry,
  TruthOrder,
  TruthProduct,
  TruthSessions,
} from '../../src/history/truth.ts';
import type { Specimen } from './specimen.ts';
import { listen } from './wire.ts';

/** An answer, read whole. `status` is 0 when the connection ended without one. */
export interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Truth {
  readonly products: readonly TruthProduct[];
  readonly orders: readonly TruthOrder[];
  readonly sessions: TruthSessions;
  readonly ledger: readonly LedgerEntry[];
}

/** A specimen with a sale of one product, `unit`, visited by plain fetch. */
export class Shop {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** @param sale instants in ms from now; opened long ago unless told otherwise */
  static async open(
    specimen: Specimen,
    sale: {
      stock?: number;
      limitPerUser?: number;
      opensInMs?: number;
      closesInMs?: number;
    } = {},
  ): Promise<Shop> {
    const server = specimen.create(specimen.promises ?? {});
    const listening = await listen((call) => server.handle(call));
    onTestFinished(() => listening.close());
    const shop = new Shop(listening.url);
    const { stock = 10, limitPerUser, opensInMs = -10_000, closesInMs } = sale;
    await shop.send('POST', '/admin/sale', {
      body: {
        runId: 'run',
        opensAt: Date.now() + opensInMs,
        closesAt: closesInMs === undefined ? null : Date.now() + closesInMs,
        products: [{ id: 'unit', stock, ...(limitPerUser === undefined ? {} : { limitPerUser }) }],
      },
    });
    return shop;
  }

  async send(
    method: string,
    path: string,
    { token, key, body }: { token?: string; key?: string; body?: unknown } = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    if (key !== undefined) headers['idempotency-key'] = key;
    const text = body === undefined ? null : JSON.stringify(body);
    try {
      const response = await fetch(this.#url + path, { method, headers, body: text });
      const answered = await response.text();
      const fields = (answered === '' ? {} : JSON.parse(answered)) as Record<string, unknown>;
      const code = fields['code'];
      return {
        status: response.status,
        code: typeof code === 'string' ? code : undefined,
        body: fields,
      };
    } catch {
      return { status: 0, code: 'reset', body: {} };
    }
  }

  /** Logs in and returns the token; the empty string when that was refused. */
  async login(user: string, device = `${user}-d0`): Promise<string> {
    const { body } = await this.send('POST', '/login', {
      body: { userId: user, deviceId: device },
    });
    return typeof body['token'] === 'string' ? body['token'] : '';
  }

  order(token: string, key: string, quantity = 1): Promise<Answer> {
    return this.send('POST', '/orders', { token, key, body: { productId: 'unit', quantity } });
  }

  page(token: string): Promise<Answer> {
    return this.send('GET', '/products/unit', { token });
  }

  status(token: string, key: string): Promise<Answer> {
    return this.send('GET', `/orders/by-key/${key}`, { token });
  }

  cancel(token: string, ordered: Answer): Promise<Answer> {
    return this.send('DELETE', `/orders/${String(ordered.body['orderId'])}`, { token });
  }

  restock(quantity: number): Promise<Answer> {
    const body = { runId: 'run', kind: 'restock', productId: 'unit', quantity };
    return this.send('POST', '/admin/events', { body });
  }

  /** One order each of `people` new people, all at once; `name` begins their keys. */
  async rush(people: number, name = 'rush'): Promise<readonly Answer[]> {
    const ids = Array.from({ length: people }, (_, index) => `${name}-${index}`);
    const tokens = await Promise.all(ids.map((id) => this.login(id)));
    return Promise.all(tokens.map((token, index) => this.order(token, ids[index] ?? '')));
  }

  /** One order each of `people` new people, one after the other. */
  async queue(people: number, name = 'queue'): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (let index = 0; index < people; index += 1) {
      const id = `${name}-${index}`;
      answers.push(await this.order(await this.login(id), id));
    }
    return answers;
  }

  async truth(): Promise<Truth> {
    const { body } = await this.send('GET', '/admin/truth');
    return body as unknown as Truth;
  }

  /** Units in confirmed orders. */
  async sold(): Promise<number> {
    const { orders } = await this.truth();
    return orders.reduce((sum, { status, quantity }) => {
      return sum + (status === 'confirmed' ? quantity : 0);
    }, 0);
  }

  async remaining(): Promise<number> {
    return (await this.truth()).products[0]?.remaining ?? Number.NaN;
  }
}

/** How many answers have the status or the code. */
export function countOf(answers: readonly Answer[], what: number | string): number {
  return answers.filter(({ status, code }) => status === what || code === what).length;
}
