import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { FlashsimError } from '../../src/core/errors.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import { AttemptStore } from '../../src/history/store.ts';
import { attemptOf, runId } from './history-builder.ts';

/** What the histories of these tests were played with. */
export const names = { runId, productIds: ['sneaker-42'] };

/** A folder for the tests of one file: `path` gives a new path in it. */
export function temporaryFolder(): { readonly root: () => string; path(name: string): string } {
  let folder = '';
  let count = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flashsim-parquet-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  return {
    root: () => folder,
    path(name) {
      count += 1;
      return join(folder, `${count}-${name}`);
    },
  };
}

/** The FlashsimError that a promise is rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<FlashsimError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlashsimError)) throw new Error(`no FlashsimError: ${String(error)}`);
  return error;
}

export function storeOf(all: readonly Attempt[], chunkRows = 16): AttemptStore {
  const store = new AttemptStore(chunkRows);
  for (const attempt of all) store.append(attempt);
  return store;
}

/** Every column with nulls and without, several row groups, texts of several bytes. */
export const variedAttempts = Array.from({ length: 40 }, (_, intent) =>
  attemptOf({
    intent,
    user: intent * 3,
    keyVariant: intent % 2,
    status: intent % 5 === 0 ? 0 : 409,
    sentNs: intent % 7 === 0 ? Number.NaN : intent * 1e6,
    firstByteNs: intent % 7 === 0 ? Number.NaN : intent * 1e6 + 500,
    doneNs: intent * 1e6 + 1000,
    code: ['sold-out', 'ausverkauft: 售罄', 'limited'][intent % 3] ?? '',
    orderId: intent % 4 === 0 ? `order-${intent}` : undefined,
    remaining: intent % 6 === 0 ? 1000 - intent : undefined,
    retryAfterMs: intent % 9 === 0 ? 250 : undefined,
    instance: `p${intent % 2}`,
  }),
);
