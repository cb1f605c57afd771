import type { Contract } from '../../history/contract.ts';

/** Settings of a server of the user's own that speaks the reference API. */
export interface HttpOptions {
  /** Where the server is: `http://localhost:3000` or `https://shop.test/api`. No credentials. */
  readonly baseUrl: string;
  /** Answers GET with a truth snapshot as JSON; undefined leaves the audit without a store. */
  readonly truthUrl?: string | undefined;
  /**
   * Takes POST `{runId, opensAt, closesAt, products}` with instants in ms since 1970. Sent twice: at
   * provisioning with `opensAt: null`, which resets the store, and then, for the same `runId`, with
   * the opening instant, which must not reset it again.
   */
  readonly saleUrl?: string | undefined;
  /**
   * Takes POST `{runId, kind: 'restock', productId, quantity}` and `{runId, kind: 'close'}`. 2xx: it
   * was done; 4xx: it was refused; of anything else nobody knows.
   */
  readonly eventUrl?: string | undefined;
  /** What the server promises beyond the products' stock and limits. */
  readonly contract?: Partial<Omit<Contract, 'products'>> | undefined;
}
