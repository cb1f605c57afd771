/** What the store of the user's own server is asked, read-only. Each part comes from one source. */
export interface TruthOptions {
  readonly postgres?: SqlSource | undefined;
  readonly mysql?: SqlSource | undefined;
  readonly redis?: RedisSource | undefined;
  readonly http?: HttpSource | undefined;
  /** What the server's own words for the state of an order mean. */
  readonly statuses?: Readonly<Record<string, TruthStatus>> | undefined;
  /** What the store calls the person of a row, with placeholders of feeders; `{{user.id}}` unless told. */
  readonly user?: string | undefined;
}

/** What an order of the store has come to. */
export type TruthStatus = 'confirmed' | 'cancelled' | 'pending';

/** What can be asked of a store. */
export const truthParts = ['stock', 'orders', 'sessions'] as const;
/** One of {@link truthParts}. */
export type TruthPart = (typeof truthParts)[number];

/** Queries of a SQL database. Columns are told by their names. */
export interface SqlSource {
  readonly url: string;
  readonly stock?: string | undefined;
  readonly orders?: string | undefined;
  readonly sessions?: string | undefined;
  /** Invariants of the user's own, by name. */
  readonly checks?: Readonly<Record<string, SqlCheck>> | undefined;
}

/** A query of one number, and what it should be. */
export interface SqlCheck {
  readonly query: string;
  /** A number, or a comparison such as `<= 5`. */
  readonly expect: number | string;
}

/** Commands of a Redis, out of those that only read. */
export interface RedisSource {
  readonly url: string;
  /** A command that answers the units left; with `{{product.id}}` it is asked for each product. */
  readonly stock?: string | undefined;
  /** Commands that answer rows: JSON texts, or field and value in turn. */
  readonly orders?: RowsCommand | undefined;
  readonly sessions?: RowsCommand | undefined;
}

/** Rows as JSON, and where in each of them what stands, by JSONPath. */
interface RowsCommand {
  readonly command: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** GET requests of an admin endpoint. */
export interface HttpSource {
  /** Left out, the server's own base URL. */
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly stock?: RowsRequest | undefined;
  readonly orders?: RowsRequest | undefined;
  readonly sessions?: RowsRequest | undefined;
}

/** A path, where the rows are in the answer, and where in each of them what stands. */
export interface RowsRequest {
  readonly path: string;
  readonly rows: string;
  readonly columns: Readonly<Record<string, string>>;
}
