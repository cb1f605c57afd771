import type { RefreshToken } from './session-registry.ts';
import type { RefreshSettings } from './settings.ts';
import { hashOf, randomToken } from './tokens.ts';

/** A refresh token, and what the store keeps of it. */
export interface FreshRefreshToken {
  readonly text: string;
  readonly stored: RefreshToken;
}

/** Draws a refresh token of the life that the settings say. */
export function newRefreshToken({ ttlMs }: RefreshSettings): FreshRefreshToken {
  const text = randomToken();
  return { text, stored: { tokenHash: hashOf(text), ttlMs } };
}
