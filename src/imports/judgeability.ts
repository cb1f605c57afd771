import type { Contract } from '../history/contract.ts';
import type { ImportedHistory } from './import-history.ts';

/** What can be judged by an imported history, and what a reader should know. */
export interface Judgeability {
  /** The contract without the promises that the history cannot be held against. */
  readonly contract: Contract;
  /** Invariants (by name) that the history cannot show to have held. */
  readonly withheld: readonly { readonly name: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

const noKeys = 'the history names no idempotency keys';
const noUsers = 'the history names no users';
const noDevices = 'the history names no devices';
const noWallClock = 'the history’s times are not on the wall clock';

/**
 * An invariant about something that the history does not name would find nothing, and finding nothing
 * would look like a pass: it is withheld instead.
 */
export function judgeability(history: ImportedHistory, contract: Contract): Judgeability {
  const { facts } = history;
  const withheld: { name: string; reason: string }[] = [];
  const withhold = (reason: string, ...names: readonly string[]): void => {
    for (const name of names) {
      if (!withheld.some((entry) => entry.name === name)) withheld.push({ name, reason });
    }
  };
  if (facts.keyless) {
    withhold(noKeys, 'duplicateOrder', 'keyReuse', 'falseRejection', 'phantomOrder');
  }
  const limitKey = contract.rateLimit?.key;
  if (facts.userless) {
    withhold(noUsers, 'userLimit', 'deviceLimit');
    if (limitKey === 'user' || limitKey === 'device') {
      withhold(noUsers, 'overAdmission', 'underAdmission');
    }
  }
  if (facts.deviceless) {
    withhold(noDevices, 'deviceLimit');
    if (limitKey === 'device') withhold(noDevices, 'overAdmission', 'underAdmission');
  }
  const hasWindow = contract.opensAtMs !== undefined || contract.closesAtMs !== undefined;
  if (!facts.wallClock && hasWindow) withhold(noWallClock, 'saleWindow');
  return { contract: kept(contract, history), withheld, warnings: warningsOf(history) };
}

function kept(contract: Contract, { facts }: ImportedHistory): Contract {
  const { opensAtMs, closesAtMs, products, ...rest } = contract;
  return {
    ...rest,
    products: facts.userless ? products.map(({ id, stock }) => ({ id, stock })) : products,
    ...(facts.wallClock && opensAtMs !== undefined ? { opensAtMs } : {}),
    ...(facts.wallClock && closesAtMs !== undefined ? { closesAtMs } : {}),
  };
}

function warningsOf({ facts, notes, format }: ImportedHistory): string[] {
  const found: string[] = [];
  if (notes.cutShort) {
    const fix =
      format === 'csv' || format === 'jmeter' ? ' (end a complete file with a line end)' : '';
    found.push(
      `The last record of the history is cut short and left out${fix}: it may lack others.`,
    );
  }
  if (facts.keyless && facts.orders > 0) {
    found.push(
      'The history names no idempotency keys: each request counts as an order of its own, and duplicates cannot be judged.',
    );
  }
  if (facts.userless && facts.orders > 0) {
    found.push('The history names no users: limits per person cannot be judged.');
  }
  if (facts.ambiguous > 0) {
    found.push(
      `Answers with a status that leaves open what they mean, such as 409, and without a code count as uncertain: ${facts.ambiguous}.`,
    );
  }
  if (facts.otherProducts > 0) {
    found.push(
      `Orders of products that the contract does not name are not judged: ${facts.otherProducts}.`,
    );
  }
  if (notes.unknownColumns.length > 0) {
    found.push(`Columns without a meaning were passed over: ${notes.unknownColumns.join(', ')}.`);
  }
  if (notes.leftOut > 0) {
    found.push(`Note: records that the mapping does not name are left out: ${notes.leftOut}.`);
  }
  if (facts.wholeMs) {
    found.push(
      'Note: the history’s clock counts whole milliseconds, so every answer is taken to have come up to 1 ms later.',
    );
  }
  return found;
}
