import { inspect } from 'node:util';
import type { ProductContract } from '../../../history/contract.ts';
import type { TruthOrder, TruthProduct, TruthSessions } from '../../../history/truth.ts';
import type { TruthStatus } from './options.ts';
import { instantMsOf } from './row-times.ts';

/** A row of a source, by the names of its columns. Hostile input. */
export type TruthRow = Readonly<Record<string, unknown>>;

/** A source answered something that cannot be read as what it was asked for. */
export class RowMistake extends Error {
  override readonly name = 'RowMistake';
  /** What to write instead; undefined when the columns have to be named otherwise. */
  readonly fix: string | undefined;

  constructor(message: string, fix?: string) {
    super(message);
    this.fix = fix;
  }
}

/** What rows are read with. */
export interface RowReading {
  readonly products: readonly ProductContract[];
  readonly statuses: Readonly<Record<string, TruthStatus>>;
  /** Who a person of the store is in this run; undefined when they are called the same. */
  readonly userOf: ((name: string) => string | undefined) | undefined;
}

/** The stock by the rows of a source; products that are not on sale are left out. */
export function productsOf(rows: readonly TruthRow[], { products }: RowReading): TruthProduct[] {
  return rows.flatMap((row) => {
    const id = productOf(row, products);
    const known = products.find((product) => product.id === id);
    if (known === undefined) return [];
    const initial = row['initial'] ?? undefined;
    return [
      {
        id: known.id,
        initial: initial === undefined ? known.stock : integer(row, 'initial'),
        remaining: integer(row, 'remaining'),
      },
    ];
  });
}

/** The orders by the rows of a source. */
export function ordersOf(rows: readonly TruthRow[], reading: RowReading): TruthOrder[] {
  return rows.map((row) => {
    const id = textIn(row, 'id');
    if (id === undefined) throw new RowMistake(`a row has no \`id\`${columnsSeen(row)}`);
    const user = textIn(row, 'user') ?? '';
    const createdAtMs = timeOf(row);
    return {
      id,
      key: textIn(row, 'key') ?? null,
      userId: reading.userOf?.(user) ?? user,
      productId: productOf(row, reading.products),
      quantity: row['quantity'] === undefined ? 1 : integer(row, 'quantity'),
      status: statusOf(row, reading.statuses),
      ...(createdAtMs === undefined ? {} : { createdAtMs }),
    };
  });
}

/** Sessions that are alive, by rows of `user`: one for each session, or with how many in `alive`. */
export function sessionsOf(rows: readonly TruthRow[]): TruthSessions {
  const byUser = new Map<string, number>();
  for (const row of rows) {
    const user = textIn(row, 'user');
    if (user === undefined) throw new RowMistake(`a row has no \`user\`${columnsSeen(row)}`);
    const alive = row['alive'] === undefined ? 1 : integer(row, 'alive');
    byUser.set(user, (byUser.get(user) ?? 0) + alive);
  }
  const counts = [...byUser.values()];
  return {
    alive: counts.reduce((sum, count) => sum + count, 0),
    aliveMaxPerUser: counts.reduce((most, count) => Math.max(most, count), 0),
  };
}

function productOf(row: TruthRow, products: readonly ProductContract[]): string {
  const named = textIn(row, 'product');
  if (named !== undefined) return named;
  const [only] = products;
  if (products.length === 1 && only !== undefined) return only.id;
  throw new RowMistake(
    `a row has no \`product\`, and there are ${products.length}${columnsSeen(row)}`,
  );
}

function statusOf(row: TruthRow, statuses: RowReading['statuses']): TruthStatus {
  const written = textIn(row, 'status');
  if (written === undefined) return 'confirmed';
  const meant = Object.hasOwn(statuses, written) ? statuses[written] : written;
  if (meant === 'confirmed' || meant === 'cancelled' || meant === 'pending') return meant;
  throw new RowMistake(
    `the status "${written.slice(0, 40)}" is none of confirmed, cancelled and pending: say in \`statuses\` what it means`,
  );
}

/** undefined when the store does not say. */
function timeOf(row: TruthRow): number | undefined {
  const written = row['time'] ?? undefined;
  if (written === undefined) return undefined;
  const atMs = instantMsOf(written);
  if (atMs !== undefined) return atMs;
  const text = typeof written === 'string' ? written : (textIn(row, 'time') ?? inspect(written));
  throw new RowMistake(
    `the time ${JSON.stringify(text.slice(0, 40))} is no instant that can be read`,
    'Select a timestamp, ISO 8601 text with date and time, or whole seconds (10 digits) or milliseconds (13 digits) since 1970 AS time.',
  );
}

function textIn(row: TruthRow, name: string): string | undefined {
  const value = row[name];
  if (typeof value === 'string') return value.slice(0, 512);
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

function integer(row: TruthRow, name: string): number {
  const value = numberIn(row[name]);
  if (value !== undefined && Number.isSafeInteger(value)) return value;
  const what =
    row[name] === undefined ? `a row has no \`${name}\`` : `\`${name}\` is no whole number`;
  throw new RowMistake(`${what}${columnsSeen(row)}`);
}

/** Databases tell large and exact numbers as texts. */
export function numberIn(value: unknown): number | undefined {
  const isNumeric = typeof value === 'number' || typeof value === 'bigint';
  const isText = typeof value === 'string' && value.trim() !== '';
  const number = isNumeric || isText ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function columnsSeen(row: TruthRow): string {
  const names = Object.keys(row).slice(0, 12);
  return names.length === 0 ? ': there is no row' : `; it has ${names.join(', ').slice(0, 200)}`;
}
