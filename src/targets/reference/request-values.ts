import type { IncomingHttpHeaders } from 'node:http';
import type { SaleEvent } from '../../history/run-record.ts';
import { Problem } from './problems.ts';

/**
 * Values of a request, checked. All of it is hostile input: whatever is wrong is a `bad-request`
 * (or `unauthorized`), never an exception of another kind.
 */

/** No control characters: they have no place in an id, and PostgreSQL takes no NUL. */
const idPattern = /^[^\p{C}]{1,128}$/u;
const keyPattern = /^[\x21-\x7e]{1,255}$/;
const bearerPattern = /^Bearer +([\x21-\x7e]{1,1024})$/i;
const tokenPattern = /^[\x21-\x7e]{1,1024}$/;
/** An int4 column holds the stock. */
const maxQuantity = 1_000_000;

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem('bad-request', { detail: 'The body is not a JSON object.' });
  }
  return body as Readonly<Record<string, unknown>>;
}

/** An id in a path or body: 1 to 128 characters, no control characters. */
export function checkedId(value: unknown, name: string): string {
  if (typeof value === 'string' && idPattern.test(value)) return value;
  throw new Problem('bad-request', {
    detail: `\`${name}\` must be text of 1 to 128 characters without control characters.`,
  });
}

/** The body of POST /login. */
export function loginOf(body: unknown): { readonly userId: string; readonly deviceId: string } {
  const { userId, deviceId } = fieldsOf(body);
  return { userId: checkedId(userId, 'userId'), deviceId: checkedId(deviceId, 'deviceId') };
}

/** The body of POST /session/refresh. */
export function refreshTokenOf(body: unknown): string {
  const { refreshToken } = fieldsOf(body);
  if (typeof refreshToken === 'string' && tokenPattern.test(refreshToken)) return refreshToken;
  throw new Problem('bad-request', { detail: '`refreshToken` is not a token.' });
}

/** The body of POST /orders. */
export function orderOf(body: unknown): { readonly productId: string; readonly quantity: number } {
  const { productId, quantity: value } = fieldsOf(body);
  const quantity = quantityOf(value);
  return { productId: checkedId(productId, 'productId'), quantity };
}

function quantityOf(value: unknown): number {
  const valid = typeof value === 'number' && Number.isInteger(value) && value >= 1;
  if (valid && value <= maxQuantity) return value;
  throw new Problem('bad-request', {
    detail: `\`quantity\` must be an integer from 1 to ${maxQuantity}.`,
  });
}

/** The idempotency key: 1 to 255 visible ASCII characters. */
export function keyOfHeaders(headers: IncomingHttpHeaders): string {
  return checkedKey(headers['idempotency-key']);
}

/** {@link keyOfHeaders} of a value. */
export function checkedKey(value: unknown): string {
  if (typeof value === 'string' && keyPattern.test(value)) return value;
  throw new Problem('bad-request', {
    detail: '`Idempotency-Key` must be 1 to 255 visible ASCII characters.',
  });
}

/** The token of `Authorization: Bearer …`. */
export function tokenOf(headers: IncomingHttpHeaders): string {
  const token = bearerPattern.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Problem('unauthorized');
  return token;
}

/** The body of POST /admin/sale. Instants are ms since 1970; null is `not yet` or `never`. */
export interface SaleOrder {
  readonly runId: string | undefined;
  readonly opensAtMs: number | null;
  readonly closesAtMs: number | null;
  readonly products: readonly SaleProduct[] | undefined;
}

/** A product as a new sale names it. Counts are units. */
interface SaleProduct {
  readonly id: string;
  readonly stock: number;
  readonly limitPerUser?: number;
}

/** Checks the body of POST /admin/sale. */
export function saleOf(body: unknown): SaleOrder {
  const { runId, opensAt, closesAt, products } = fieldsOf(body);
  if (products !== undefined && (!Array.isArray(products) || products.length > 1000)) {
    throw new Problem('bad-request', { detail: '`products` must be a list of at most 1000.' });
  }
  return {
    runId: runId === undefined ? undefined : checkedId(runId, 'runId'),
    opensAtMs: instantOf(opensAt, 'opensAt'),
    closesAtMs: instantOf(closesAt, 'closesAt'),
    products: products?.map((product: unknown) => productOf(product)),
  };
}

/** The body of POST /admin/events. */
export interface EventOrder {
  /** The run whose sale is meant; undefined for whichever is on. */
  readonly runId: string | undefined;
  readonly event: SaleEvent;
}

/** Checks the body of POST /admin/events. */
export function eventOf(body: unknown): EventOrder {
  const { runId, kind, productId, quantity } = fieldsOf(body);
  return {
    runId: runId === undefined ? undefined : checkedId(runId, 'runId'),
    event: saleEventOf(kind, productId, quantity),
  };
}

function saleEventOf(kind: unknown, productId: unknown, quantity: unknown): SaleEvent {
  if (kind === 'close') return { kind };
  if (kind === 'warm-up') return { kind, productId: checkedId(productId, 'productId') };
  if (kind === 'restock') {
    return { kind, productId: checkedId(productId, 'productId'), quantity: quantityOf(quantity) };
  }
  throw new Problem('bad-request', { detail: '`kind` must be `restock`, `warm-up` or `close`.' });
}

/** Checks the body of POST /admin/warm-up: which product, or none for all. */
export function warmUpOf(body: unknown): { readonly productId: string | undefined } {
  const { productId } = fieldsOf(body ?? {});
  return { productId: productId === undefined ? undefined : checkedId(productId, 'productId') };
}

function productOf(value: unknown): SaleProduct {
  const { id, stock, limitPerUser } = fieldsOf(value);
  const limit = limitPerUser ?? undefined;
  return {
    id: checkedId(id, 'products[].id'),
    stock: countOf(stock, 'products[].stock'),
    ...(limit === undefined ? {} : { limitPerUser: countOf(limit, 'products[].limitPerUser') }),
  };
}

function countOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 31 - 1) {
    return value;
  }
  throw new Problem('bad-request', { detail: `\`${name}\` must be a count.` });
}

function instantOf(value: unknown, name: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Problem('bad-request', { detail: `\`${name}\` must be ms since 1970, or null.` });
}
