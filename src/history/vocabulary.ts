/**
 * The words that engine, targets and audit share: what a device can ask for and how an attempt can
 * end. They stand here because history is what all of them read or write.
 */

/** What a device can ask of a server. Stored as the index in this list: only ever append. */
export const operations = [
  'login',
  'page',
  'order',
  'status',
  'logout',
  'cancel',
  'health',
  'enter',
] as const;
export type Operation = (typeof operations)[number];

/**
 * How an attempt ended (Jepsen's terms).
 * - `ok`: it happened.
 * - `fail`: a declared answer with no effect, or lost before the first byte was written.
 * - `info`: nobody knows (timeout, reset after write, undeclared 5xx).
 *
 * Stored as the index in this list: only ever append.
 */
export const outcomeClasses = ['ok', 'fail', 'info'] as const;
export type OutcomeClass = (typeof outcomeClasses)[number];

/**
 * Stable codes of declared refusals (`fail`). An own server may add codes; these are the ones that
 * flashsim gives a meaning.
 */
export const refusalCodes = [
  'sold-out',
  'limited',
  'not-open',
  'closed',
  'unauthorized',
  'limit-per-user',
  'overloaded',
  'device-limit',
  'key-reuse',
  'not-found',
  'bad-request',
  'waiting',
] as const;

/** Not let in yet: the answer to `enter` of one who has to wait, and to an order of one who was not let in. */
export const waitingCode = 'waiting';

/**
 * An asynchronous order that is accepted but not decided: the code of a 202 and of a look-up that
 * says so (class `info`).
 */
export const pendingCode = 'pending';

/** A look-up found the order, and it was withdrawn (class `ok`: it had been made). */
export const cancelledCode = 'cancelled';

/**
 * Codes of attempts that the client itself held back: by its circuit breaker, its throttle, its retry
 * budget. Never sent, so without effect; a server's answer may use the same words.
 */
export const heldBackCodes = ['circuit-open', 'throttled', 'retry-budget'] as const;
export type HeldBackCode = (typeof heldBackCodes)[number];

/** An order that the journal says was acknowledged; nothing else is known of it (class `ok`). */
export const journalledCode = 'journalled';

/** Not sent at all: the connection could not be made, or was lost before the first byte. */
export const notSentCode = 'connect-failed';
