import type { OutcomeClass } from '../../history/vocabulary.ts';

/**
 * What an answer of the user's own server can be said to mean, and how it then counts. The codes are
 * those of `history/vocabulary.ts`.
 */
export const outcomeNames = {
  /** It happened. */
  ok: { outcome: 'ok', code: 'ok' },
  /** Accepted for later: its status is asked until it is decided. */
  pending: { outcome: 'info', code: 'pending' },
  /** A look-up found the order, and it was withdrawn. */
  cancelled: { outcome: 'ok', code: 'cancelled' },
  'sold-out': { outcome: 'fail', code: 'sold-out' },
  limited: { outcome: 'fail', code: 'limited' },
  'not-open': { outcome: 'fail', code: 'not-open' },
  closed: { outcome: 'fail', code: 'closed' },
  unauthorized: { outcome: 'fail', code: 'unauthorized' },
  'limit-per-user': { outcome: 'fail', code: 'limit-per-user' },
  'device-limit': { outcome: 'fail', code: 'device-limit' },
  /** Refused before any effect. */
  overloaded: { outcome: 'fail', code: 'overloaded' },
  'key-reuse': { outcome: 'fail', code: 'key-reuse' },
  'not-found': { outcome: 'fail', code: 'not-found' },
  'bad-request': { outcome: 'fail', code: 'bad-request' },
  /** The key's first request is still at work. */
  'in-progress': { outcome: 'info', code: 'in-progress' },
  /** Nobody knows whether it had an effect. */
  info: { outcome: 'info', code: 'server-error' },
} as const satisfies Record<string, { readonly outcome: OutcomeClass; readonly code: string }>;

/** A name of {@link outcomeNames}. */
export type OutcomeName = keyof typeof outcomeNames;
