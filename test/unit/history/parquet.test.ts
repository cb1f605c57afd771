import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { defined } from '../../../src/core/assert.ts';
import { type Attempt, keyOf, userIdOf } from '../../../src/history/attempt.ts';
import {
  readHistory,
  readLedger,
  writeHistory,
  writeLedger,
} from '../../../src/history/parquet.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import type { LedgerEntry } from '../../../src/history/truth.ts';
import { anyAttempt, attemptsOf } from '../../helpers/attempts.ts';
import { attemptOf, runId } from '../../helpers/history-builder.ts';
import {
  errorOf,
  names,
  storeOf,
  temporaryFolder,
  variedAttempts,
} from '../../helpers/parquet-files.ts';

const folder = temporaryFolder();

/** An attempt as any reader of Parquet should see it. */
function rowOf(attempt: Attempt): object {
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  const { operation, intent, keyVariant, retryAfterMs } = attempt;
  const hasKey = intent >= 0 && ['order', 'status', 'cancel'].includes(operation);
  return {
    operation,
    outcome: attempt.outcome,
    code: attempt.code,
    status: attempt.status === 0 ? null : attempt.status,
    user: BigInt(attempt.user),
    user_id: userIdOf(attempt.user),
    device: attempt.device,
    intent,
    key: hasKey ? keyOf(runId, intent, keyVariant) : null,
    key_variant: keyVariant,
    attempt: attempt.attempt,
    product: attempt.product,
    product_id: names.productIds[attempt.product] ?? null,
    quantity: attempt.quantity,
    scheduled_ns: attempt.scheduledNs,
    sent_ns: orNull(attempt.sentNs),
    first_byte_ns: orNull(attempt.firstByteNs),
    done_ns: attempt.doneNs,
    order_id: attempt.orderId ?? null,
    remaining: attempt.remaining ?? null,
    retry_after_ms: retryAfterMs === undefined ? null : BigInt(retryAfterMs),
    instance: attempt.instance,
    connection: attempt.connection,
    worker: attempt.worker,
  };
}

describe('history.parquet', { timeout: 120_000 }, () => {
  it('reads back exactly what was written', async () => {
    const path = folder.path('history.parquet');
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyAttempt(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        async (all, rows) => {
          await writeHistory(path, storeOf(all, rows), names);
          expect(attemptsOf(await readHistory(path))).toEqual(all);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([256, 257, 300, 5000])('keeps %d distinct codes, users and statuses apart', async (n) => {
    const all = Array.from({ length: n }, (_, index) =>
      attemptOf({ intent: index, code: `c${index}`, status: index, attempt: index + 1 }),
    );
    const path = folder.path('history.parquet');
    await writeHistory(path, storeOf(all, 65_536), names);
    expect(attemptsOf(await readHistory(path))).toEqual(all);
  });

  it('is read by other readers, with the names that went over the wire', async () => {
    const path = folder.path('history.parquet');
    const readsAs = async (all: readonly Attempt[]) => {
      await writeHistory(path, storeOf(all, 7), names);
      const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
      const stored = attemptsOf(storeOf(all));
      expect(rows).toEqual(stored.map(rowOf));
    };
    await readsAs(variedAttempts);
    await fc.assert(
      fc.asyncProperty(fc.array(anyAttempt(), { minLength: 1, maxLength: 20 }), readsAs),
      { numRuns: 60 },
    );
    const { key_value_metadata: entries } = await parquetMetadataAsync(
      await asyncBufferFromFile(path),
    );
    expect(entries).toContainEqual({ key: 'flashsim.schema_version', value: '2' });
  });

  it('replaces an older file and leaves nothing beside it', async () => {
    const path = folder.path('history.parquet');
    const store = new AttemptStore();
    await writeHistory(path, store, names);
    expect((await readHistory(path)).length).toBe(0);
    store.append(attemptOf());
    await writeHistory(path, store, names);
    expect((await readHistory(path)).length).toBe(1);
    expect((await readdir(folder.root())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('leaves an older file as it was when writing fails half-way', async () => {
    const path = folder.path('history.parquet');
    await writeHistory(path, storeOf(variedAttempts), names);
    const failing = storeOf(variedAttempts);
    failing.chunks = () => {
      const [first] = storeOf(variedAttempts).chunks();
      const broken = new Proxy(defined(first, 'chunk'), {
        get: () => {
          throw new Error('the disk is gone');
        },
      });
      return [defined(first, 'chunk'), broken];
    };
    const error = await errorOf(writeHistory(path, failing, names));
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
    expect(error.what).toContain('the disk is gone');
    expect(attemptsOf(await readHistory(path))).toEqual(variedAttempts);
    expect((await readdir(folder.root())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('lets other work go on while it writes', async () => {
    let turns = 0;
    let writing = true;
    const turn = () => {
      turns += 1;
      if (writing) setImmediate(turn);
    };
    turn();
    const groups = Math.ceil(variedAttempts.length / 2);
    await writeHistory(folder.path('history.parquet'), storeOf(variedAttempts, 2), names);
    writing = false;
    expect(turns).toBeGreaterThan(groups);
  });

  it('says so when it cannot be written', async () => {
    const error = await errorOf(
      writeHistory(join(folder.root(), 'no', 'such'), new AttemptStore(), names),
    );
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
  });
});

describe('ledger.parquet', { timeout: 120_000 }, () => {
  const anyEntry: fc.Arbitrary<LedgerEntry> = fc.record({
    seq: fc.maxSafeInteger(),
    key: fc.option(fc.string({ unit: 'grapheme' })),
    productId: fc.string({ unit: 'grapheme' }),
    delta: fc.integer(),
    stockAfter: fc.maxSafeInteger(),
  });

  it('reads back exactly what was written', async () => {
    const path = folder.path('ledger.parquet');
    await fc.assert(
      fc.asyncProperty(fc.array(anyEntry, { maxLength: 30 }), async (ledger) => {
        await writeLedger(path, ledger, runId);
        expect(await readLedger(path)).toEqual(ledger);
        const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
        expect(rows).toEqual(
          ledger.map(({ seq, key, productId, delta, stockAfter }) => ({
            seq: BigInt(seq),
            key,
            product_id: productId,
            delta: BigInt(delta),
            stock_after: BigInt(stockAfter),
          })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('holds more entries than a row group', async () => {
    const path = folder.path('ledger.parquet');
    const ledger = Array.from({ length: 20_000 }, (_, seq) => ({
      seq,
      key: seq % 2 === 0 ? null : `k${seq}`,
      productId: 'p0',
      delta: -1,
      stockAfter: 20_000 - seq,
    }));
    await writeLedger(path, ledger, runId);
    expect(await readLedger(path)).toEqual(ledger);
  });
});
