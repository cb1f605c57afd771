import { createHmac, timingSafeEqual } from 'node:crypto';

/** What the server states of a session in its token: RFC 7519. Times are seconds since 1970. */
export interface SessionClaims {
  /** The user. */
  readonly sub: string;
  /** The device. */
  readonly dev: string;
  /** The session. */
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

/** The one algorithm that is made and taken: what a token says of itself chooses nothing (RFC 8725 §3.1). */
const header = encode({ alg: 'HS256', typ: 'JWT' });
const partsOfToken = 3;

/** Signs the claims with HMAC SHA-256. */
export function signJwt(claims: SessionClaims, key: Buffer): string {
  const signed = `${header}.${encode(claims)}`;
  return `${signed}.${signatureOf(signed, key)}`;
}

/**
 * The claims of a token that this key signed and that has not expired; undefined for any other: forged,
 * cut off, signed by `none` or another algorithm, expired, or with claims of another shape.
 */
export function verifyJwt(token: string, key: Buffer, nowMs: number): SessionClaims | undefined {
  const parts = token.split('.');
  const [head = '', body = '', signature = ''] = parts;
  if (parts.length !== partsOfToken || head !== header) return undefined;
  // As text: base64url has several ways to write the same bytes, and only one of them is ours.
  const expected = Buffer.from(signatureOf(`${head}.${body}`, key));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = decode(body);
  return claims !== undefined && nowMs < claims.exp * 1000 ? claims : undefined;
}

function signatureOf(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(body: string): SessionClaims | undefined {
  try {
    const value = JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown;
    return isClaims(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isClaims(value: unknown): value is SessionClaims {
  if (typeof value !== 'object' || value === null) return false;
  const { sub, dev, jti, iat, exp } = value as Partial<Record<keyof SessionClaims, unknown>>;
  const texts = [sub, dev, jti].every((text) => typeof text === 'string' && text !== '');
  return texts && [iat, exp].every((time) => typeof time === 'number' && Number.isFinite(time));
}
