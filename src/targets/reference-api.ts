import { assert, assertNever } from '../core/assert.ts';
import {
  cancelledCode,
  type Operation,
  pendingCode,
  refusalCodes,
  waitingCode,
} from '../history/vocabulary.ts';
import { retryAfterOf } from './retry-after.ts';
import type { Classified, Protocol, ProtocolSpec, RequestContext, WireResponse } from './target.ts';

/**
 * The reference API on the wire: requests as bytes, answers as meanings. Pure and cheap, because it
 * runs once per request inside the engine's workers. Answers are hostile input.
 */

/** A session's token or a key is sent as a header value: visible ASCII, nothing that ends a line. */
const headerValue = /^[\x21-\x7e]{1,512}$/;
const codePattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const instancePattern = /^[\x21-\x7e]{1,64}$/;
/** Longer answers have no meaning here; the transport caps what it reads far above this. */
const bodyLimit = 64 * 1024;
/** An order that was decided against for no reason that could be read. */
const rejectedCode = 'rejected';
/** Codes that mean something else than a refusal. */
const notRefusals: ReadonlySet<string> = new Set(['ok', pendingCode, cancelledCode, 'in-progress']);
const refusals: ReadonlySet<string> = new Set(refusalCodes);

/** A protocol for any server that speaks the reference API below `spec.basePath`. */
export function createReferenceProtocol(spec: ProtocolSpec): Protocol {
  const { host, port } = spec.endpoint;
  const bareHost = host.includes(':') ? `[${host}]` : host;
  const basePath = spec.basePath;
  const hostLine = ` HTTP/1.1\r\nHost: ${bareHost}:${port}\r\n`;
  assert(/^[\x21-\x7e]*$/.test(`${bareHost}${basePath}`), 'host and base path are printable ASCII');
  return {
    request: (operation, context) => {
      const { method, path, body, key } = partsOf(operation, context);
      const json = body === undefined ? '' : JSON.stringify(body);
      let head = `${method} ${basePath}${path}${hostLine}`;
      if (context.token !== undefined && operation !== 'login') {
        head += `Authorization: Bearer ${checkedHeader(context.token, 'token')}\r\n`;
      }
      if (context.forwardedFor !== undefined) {
        head += `X-Forwarded-For: ${checkedHeader(context.forwardedFor, 'address')}\r\n`;
      }
      if (key !== undefined) head += `Idempotency-Key: ${checkedHeader(key, 'key')}\r\n`;
      if (body === undefined) return Buffer.from(`${head}\r\n`, 'latin1');
      const length = Buffer.byteLength(json);
      return Buffer.from(
        `${head}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${json}`,
      );
    },
    classify: (operation, response) => classify(operation, response),
  };
}

interface RequestParts {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly key?: string | undefined;
}

function partsOf(operation: Operation, context: RequestContext): RequestParts {
  const { userId, deviceId, productId, quantity, key, orderId } = context;
  switch (operation) {
    case 'login':
      return { method: 'POST', path: '/login', body: { userId, deviceId } };
    case 'logout':
      return { method: 'DELETE', path: '/session' };
    case 'page':
      return { method: 'GET', path: `/products/${segment(productId)}` };
    case 'order':
      return { method: 'POST', path: '/orders', body: { productId, quantity }, key };
    case 'status':
      return key === undefined
        ? { method: 'GET', path: `/orders/${segment(orderId)}` }
        : { method: 'GET', path: `/orders/by-key/${segment(key)}` };
    case 'cancel':
      return { method: 'DELETE', path: `/orders/${segment(orderId)}` };
    case 'health':
      return { method: 'GET', path: '/health' };
    case 'enter':
      return { method: 'POST', path: '/waiting-room', body: {} };
    default:
      return assertNever(operation, 'operation');
  }
}

function segment(value: string | undefined): string {
  assert(value !== undefined, 'the request has the id that its path needs');
  return encodeURIComponent(value);
}

function checkedHeader(value: string, what: string): string {
  assert(headerValue.test(value), `the ${what} can be sent as a header value`);
  return value;
}

/** A meaning that is still being put together. */
type Meaning = { -readonly [K in keyof Classified]: Classified[K] };

function classify(operation: Operation, response: WireResponse): Classified {
  const meaning = meaningOf(operation, response);
  const instance = response.header('x-instance');
  if (instance !== undefined && instancePattern.test(instance)) meaning.instance = instance;
  return meaning;
}

function meaningOf(operation: Operation, response: WireResponse): Meaning {
  const { status } = response;
  if (status >= 200 && status < 300) return success(operation, response);
  if (status >= 400 && status < 500) return refusal(response);
  if (status < 500 || status >= 600) return badResponse();
  // The one declared 5xx: sent before any effect. Of all others nobody knows.
  const declared = status === 503 && codeOf(response) === 'overloaded';
  return withRetryAfter(
    declared ? { outcome: 'fail', code: 'overloaded' } : { outcome: 'info', code: 'server-error' },
    response,
  );
}

function withRetryAfter(meaning: Meaning, response: WireResponse): Meaning {
  const retryAfterMs = retryAfterOf(response);
  if (retryAfterMs !== undefined) meaning.retryAfterMs = retryAfterMs;
  return meaning;
}

function badResponse(): Meaning {
  return { outcome: 'info', code: 'bad-response' };
}

function success(operation: Operation, response: WireResponse): Meaning {
  if (operation === 'enter') return entranceOf(response);
  // Accepted, and nothing more: what becomes of it is open (RFC 9110 §15.3.3).
  const accepted = response.status === 202;
  if (accepted && (operation === 'order' || operation === 'cancel')) {
    return { outcome: 'info', code: pendingCode, ...orderIdIn(jsonOf(response)) };
  }
  if (operation === 'logout' || operation === 'health' || operation === 'cancel') {
    return { outcome: 'ok', code: 'ok' };
  }
  const body = jsonOf(response);
  if (body === undefined) return badResponse();
  switch (operation) {
    case 'login': {
      const token = body['token'];
      if (typeof token !== 'string' || !headerValue.test(token)) return badResponse();
      return { outcome: 'ok', code: 'ok', token };
    }
    case 'order': {
      const orderId = idOf(body['orderId']);
      if (orderId === undefined) return badResponse();
      return withRemaining({ outcome: 'ok', code: 'ok', orderId }, body);
    }
    case 'status':
      return statusOf(body, response);
    case 'page':
      return withRemaining({ outcome: 'ok', code: 'ok' }, body);
    default:
      return assertNever(operation, 'operation');
  }
}

/** Let in, or told to wait: then when to come again, which is finer in the body than in the header. */
function entranceOf(response: WireResponse): Meaning {
  if (response.status !== 202) return { outcome: 'ok', code: 'ok' };
  const meaning: Meaning = { outcome: 'fail', code: waitingCode };
  const refreshAfterMs = countOf(jsonOf(response)?.['refreshAfterMs']);
  if (refreshAfterMs === undefined || refreshAfterMs < 0) return withRetryAfter(meaning, response);
  return { ...meaning, retryAfterMs: refreshAfterMs };
}

function withRemaining(meaning: Meaning, body: Readonly<Record<string, unknown>>): Meaning {
  const remaining = countOf(body['remaining']);
  if (remaining !== undefined) meaning.remaining = remaining;
  return meaning;
}

/** What a look-up that found the order says of it. One that names no status has found it made. */
function statusOf(body: Readonly<Record<string, unknown>>, response: WireResponse): Meaning {
  const id = orderIdIn(body);
  switch (body['status'] ?? 'confirmed') {
    case 'confirmed':
      return id.orderId === undefined
        ? badResponse()
        : withRemaining({ outcome: 'ok', code: 'ok', ...id }, body);
    case 'cancelled':
      return id.orderId === undefined
        ? badResponse()
        : { outcome: 'ok', code: cancelledCode, ...id };
    case 'pending':
      return { outcome: 'info', code: pendingCode, ...id };
    case 'rejected': {
      const code = codeOf(response);
      const reason = code === undefined || notRefusals.has(code) ? rejectedCode : code;
      return { outcome: 'fail', code: reason, ...id };
    }
    default:
      return badResponse();
  }
}

function orderIdIn(body: Readonly<Record<string, unknown>> | undefined): { orderId?: string } {
  const orderId = idOf(body?.['orderId']);
  return orderId === undefined ? {} : { orderId };
}

function refusal(response: WireResponse): Meaning {
  const code = codeOf(response) ?? codeOfStatus(response.status);
  if (code === undefined) return badResponse();
  // The key's first request is still at work: what becomes of it is open.
  if (code === 'in-progress') return { outcome: 'info', code };
  return withRetryAfter({ outcome: 'fail', code }, response);
}

/** What a 4xx without a code of its own says; undefined where the status leaves it open. */
function codeOfStatus(status: number): string | undefined {
  switch (status) {
    case 401:
    case 403:
      return 'unauthorized';
    case 404:
      return 'not-found';
    case 429:
      return 'limited';
    case 408:
    case 409:
    case 425:
      return undefined;
    default:
      return 'bad-request';
  }
}

function codeOf(response: WireResponse): string | undefined {
  const code = jsonOf(response)?.['code'];
  if (typeof code !== 'string') return undefined;
  if (refusals.has(code)) return code;
  return code.length <= 40 && codePattern.test(code) ? code : undefined;
}

function jsonOf(response: WireResponse): Readonly<Record<string, unknown>> | undefined {
  if (response.body.length === 0 || response.body.length > bodyLimit) return undefined;
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function idOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || value.length === 0 || value.length > 128) return undefined;
  // A lone surrogate cannot stand in a path.
  return /^[\x20-\x7e]+$/.test(value) ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
