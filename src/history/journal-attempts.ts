import { type Attempt, parseKey } from './attempt.ts';
import { operationIndexOfKind, outcomeOfKind } from './chunk.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { AttemptStore } from './store.ts';
import { journalledCode, operations } from './vocabulary.ts';

/** The attempts that a journal proves, and what could not be read out of it. */
export interface JournalAttempts {
  readonly attempts: AttemptStore;
  /** Acknowledged orders. */
  readonly orders: number;
  /** Entries that no run of flashsim can have written under this id. */
  readonly strange: number;
}

/**
 * A history of the orders that a journal says were acknowledged, in order of time.
 *
 * All that is known of such an order is that it had been made when its answer was complete. It is
 * taken to have been sent at the run's epoch: its interval then contains the true one, so no checker
 * can convict for its being too narrow. To an order that its shopper may
 * have withdrawn, a cancellation of unknown outcome is added.
 */
export function attemptsOfJournal(
  journal: Journal,
  include: (entry: JournalEntry) => boolean = () => true,
): JournalAttempts {
  const { header } = journal;
  const products = new Map(header.products.map(({ id }, index) => [id, index]));
  const attempts = new AttemptStore();
  let orders = 0;
  let strange = 0;
  for (const entry of journal.orders) {
    if (!include(entry)) continue;
    const order = acknowledged(header.runId, products, entry);
    if (order === undefined) {
      strange += 1;
      continue;
    }
    orders += 1;
    attempts.append(order);
    if (header.mayCancel) attempts.append(mayBeCancelled(order));
  }
  return { attempts: attempts.sortedByTime(), orders, strange };
}

const maxIntent = 2 ** 31 - 1;

function acknowledged(
  runId: string,
  products: ReadonlyMap<string, number>,
  entry: JournalEntry,
): Attempt | undefined {
  const key = parseKey(runId, entry.key);
  const user = /^u(\d{1,9})$/.exec(entry.userId)?.[1];
  const product = products.get(entry.productId);
  if (key === undefined || user === undefined || product === undefined) return undefined;
  if (key.intent > maxIntent || key.keyVariant > 65_535) return undefined;
  return {
    operation: 'order',
    user: Number(user),
    device: 0,
    ...key,
    attempt: 1,
    product,
    quantity: entry.quantity,
    scheduledNs: 0,
    sentNs: 0,
    firstByteNs: Number.NaN,
    doneNs: entry.ns,
    // The journal does not tell the status. Without one no latency is made up of these times.
    status: 0,
    outcome: 'ok',
    code: journalledCode,
    orderId: entry.orderId === '' ? undefined : entry.orderId,
    remaining: undefined,
    retryAfterMs: undefined,
    instance: '',
    connection: -1,
    worker: 0,
  };
}

function mayBeCancelled(order: Attempt): Attempt {
  return {
    ...order,
    operation: 'cancel',
    scheduledNs: order.doneNs,
    sentNs: order.doneNs,
    outcome: 'info',
    code: 'timeout',
    orderId: undefined,
  };
}

/** A history with the acknowledgements that only the journal has. */
export interface JoinedHistory {
  readonly attempts: AttemptStore;
  /** Orders that were added: attempts are missing from the history, so the run is not complete. */
  readonly added: number;
  readonly strange: number;
}

/**
 * Adds the orders whose acknowledgement the journal has and the history has not, because the process
 * that had received it died before it could hand its attempts over.
 */
export function withJournal(attempts: AttemptStore, journal: Journal): JoinedHistory {
  const { runId } = journal.header;
  const known = acknowledgedKeys(attempts);
  const missing = attemptsOfJournal(journal, ({ key }) => {
    const parsed = parseKey(runId, key);
    return parsed === undefined || !known.has(nameOf(parsed.intent, parsed.keyVariant));
  });
  const { orders: added, strange } = missing;
  if (added === 0) return { attempts, added, strange };
  const joined = new AttemptStore();
  for (const chunk of [...missing.attempts.chunks(), ...attempts.chunks()]) joined.addChunk(chunk);
  return { attempts: joined.sortedByTime(), added, strange };
}

function nameOf(intent: number, keyVariant: number): number {
  return intent * 65_536 + keyVariant;
}

/** Keys of orders that an answer, or a look-up, said to be there. */
function acknowledgedKeys(attempts: AttemptStore): ReadonlySet<number> {
  const order = operations.indexOf('order');
  const status = operations.indexOf('status');
  const keys = new Set<number>();
  for (const chunk of attempts.chunks()) {
    for (let row = 0; row < chunk.length; row += 1) {
      const kind = chunk.kind[row] ?? 0;
      if (outcomeOfKind(kind) !== 'ok') continue;
      const operation = operationIndexOfKind(kind);
      if (operation !== order && operation !== status) continue;
      keys.add(nameOf(chunk.intent[row] ?? -1, chunk.keyVariant[row] ?? 0));
    }
  }
  return keys;
}
