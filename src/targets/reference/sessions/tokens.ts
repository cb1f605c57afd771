import { createHash, randomBytes } from 'node:crypto';

/** A text that nobody guesses: 192 bits. */
export function randomToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Tokens are kept as hashes only: a copy of the store logs nobody in. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
