import type { Operation, OutcomeClass } from './vocabulary.ts';

/**
 * One request of one device, from the moment it was due to the moment its end was known.
 * Times are nanoseconds since the run's epoch.
 */
export interface Attempt {
  readonly operation: Operation;
  /** Index of the person, from 0. */
  readonly user: number;
  /** Which of the person's devices, from 0. */
  readonly device: number;
  /** Index of the intent (one person on one device wanting one purchase); -1 when it serves none. */
  readonly intent: number;
  /** From 1; a retry is 2 and up; {@link probeAttempt} for a probe. */
  readonly attempt: number;
  /**
   * Which idempotency key of the intent was sent: 0 is the intent's own, others are fresh keys of a
   * client that makes a new one (see {@link keyOf}). Meaningless for operations without a key.
   */
  readonly keyVariant: number;
  /** Index into the run's products; -1 when it concerns none. */
  readonly product: number;
  readonly quantity: number;
  /** When it was due. A first click that went out a little before the others of its crowd was due then. */
  readonly scheduledNs: number;
  /** When the first byte was handed to the socket; NaN when nothing was sent. */
  readonly sentNs: number;
  /** When the first byte of the answer came; NaN when none did. */
  readonly firstByteNs: number;
  readonly doneNs: number;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly outcome: OutcomeClass;
  /** Code of the outcome (`ok`, `sold-out`, `timeout`, …), see vocabulary. */
  readonly code: string;
  readonly orderId: string | undefined;
  /** Stock left as the answer told it. */
  readonly remaining: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Which server process answered, as it told; empty when it did not. */
  readonly instance: string;
  /** Number of the connection within the worker, from 0; -1 when there was none. */
  readonly connection: number;
  readonly worker: number;
}

/**
 * Key variants of probes: requests that deliberately test a rule, each under a key of its own.
 * Fresh keys of a client that makes a new one per attempt stay below.
 */
export const probeKeyVariants = { beforeOpen: 1000, afterClose: 1001 } as const;

/** The attempt number of every request of a probe: clients count theirs from 1. */
export const probeAttempt = 0;

/** The idempotency key on the wire. The run id keeps a second run from replaying the first. */
export function keyOf(runId: string, intent: number, keyVariant: number): string {
  return keyVariant === 0 ? `${runId}-${intent}` : `${runId}-${intent}.${keyVariant}`;
}

/** The intent and variant of a key made by {@link keyOf}; undefined for a key of somebody else's. */
export function parseKey(
  runId: string,
  key: string,
): { readonly intent: number; readonly keyVariant: number } | undefined {
  if (!key.startsWith(`${runId}-`)) return undefined;
  const match = /^(\d+)(?:\.(\d+))?$/.exec(key.slice(runId.length + 1));
  if (match === null) return undefined;
  return { intent: Number(match[1]), keyVariant: Number(match[2] ?? 0) };
}

/** Who a user is on the wire: `u17`. Unique in a run. */
export function userIdOf(user: number): string {
  return `u${user}`;
}

/** The number of a user by {@link userIdOf}'s name; undefined for a name of somebody else's. */
export function parseUserId(userId: string): number | undefined {
  const [, number] = /^u(\d{1,9})$/.exec(userId) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Who a device is on the wire: `u17-d2`. */
export function deviceIdOf(user: number, device: number): string {
  return `u${user}-d${device}`;
}
