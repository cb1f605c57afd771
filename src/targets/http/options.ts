import type { Contract } from '../../history/contract.ts';
import type { OutcomeName } from './outcome-names.ts';
import type { TruthOptions } from './truth/options.ts';

/** Settings of a server of the user's own. Without `requests` it speaks the reference API. */
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
  /** The server keeps the sale's opening and closing as the scenario has them, untold. */
  readonly saleWindow?: boolean | undefined;
  /** Where its certificate is checked against, and who flashsim says that it is. Paths. */
  readonly tls?: TlsFiles | undefined;
  /** Sent with every request of a shopper. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether cookies are kept, for each device its own; true unless told. */
  readonly cookies?: boolean | undefined;
  /** How it is asked, by operation; left out, by the reference API. */
  readonly requests?: RequestTemplates | undefined;
  /** Rules for the answers of all operations, tried after an operation's own. */
  readonly outcomes?: readonly OutcomeRule[] | undefined;
  /** Rows of data, one for each person; paths by name. */
  readonly feeders?: Readonly<Record<string, FeederFile>> | undefined;
  /** Sent once before everything, once the opening is known, and at the end. */
  readonly setup?: readonly SaleRequest[] | undefined;
  readonly announce?: readonly SaleRequest[] | undefined;
  readonly teardown?: readonly SaleRequest[] | undefined;
  /** The capture of a setup request that is the sale's opening. */
  readonly openingCapture?: string | undefined;
  /** How the store is looked into. */
  readonly truth?: TruthOptions | undefined;
}

/** Paths of PEM files, from the scenario's folder. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** A file of rows, from the scenario's folder: CSV with a header, or a JSON list of objects. */
export interface FeederFile {
  readonly file: string;
}

/** Operations that a template can be written for. */
export const templateOperations = ['login', 'page', 'order', 'status', 'cancel', 'logout'] as const;
/** One of {@link templateOperations}. */
export type TemplateOperation = (typeof templateOperations)[number];
/** Templates by operation. */
export type RequestTemplates = Readonly<Partial<Record<TemplateOperation, RequestTemplate>>>;

/** A request with placeholders. At most one of `json`, `form` and `body`. */
export interface HttpRequest {
  readonly method: string;
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Any JSON; its texts may have placeholders. */
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** A request of a shopper, and what its answers mean. */
export interface RequestTemplate extends HttpRequest {
  readonly capture?: Readonly<Record<string, Capture>> | undefined;
  /** The first rule that fits says what an answer means. */
  readonly outcomes?: readonly OutcomeRule[] | undefined;
}

/** A request of flashsim's own, outside the load. */
export interface SaleRequest extends HttpRequest {
  readonly capture?: Readonly<Record<string, Capture>> | undefined;
  /** Statuses that are as they should be; any 2xx unless told. */
  readonly expect?: StatusPattern | readonly StatusPattern[] | undefined;
}

/** Where in an answer a value is; with `regex` the first group of it, or all that it found. */
export interface Capture {
  readonly json?: string | undefined;
  readonly header?: string | undefined;
  readonly cookie?: string | undefined;
  readonly regex?: string | undefined;
}

/** `201`, or a class such as `2xx`. */
export type StatusPattern = number | string;

/** A condition on an answer: everything that is given must fit. */
export interface OutcomeRule {
  readonly status?: StatusPattern | readonly StatusPattern[] | undefined;
  /** By name: the whole value, or `/pattern/flags`. */
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** By path: the value, or `/pattern/flags`. */
  readonly json?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  /** Text that the body contains, or `/pattern/flags`. */
  readonly body?: string | undefined;
  readonly is: OutcomeName;
}
