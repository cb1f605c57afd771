import { defaultChunkRows } from '../store.ts';
import type { LedgerEntry } from '../truth.ts';
import { int64Bytes, Presence, plain, textBytes } from './encode.ts';
import type { ReadGroup } from './file-reader.ts';
import type { EncodedGroup } from './file-writer.ts';
import type { ColumnSpec } from './layout.ts';

/** Columns of ledger.parquet. */
export const ledgerColumns: readonly ColumnSpec[] = [
  { name: 'seq', type: 'INT64' },
  { name: 'key', type: 'BYTE_ARRAY', nullable: true },
  { name: 'product_id', type: 'BYTE_ARRAY' },
  { name: 'delta', type: 'INT64' },
  { name: 'stock_after', type: 'INT64' },
];

/** The row groups of a ledger. */
export function* ledgerGroups(ledger: readonly LedgerEntry[]): Generator<EncodedGroup> {
  for (let start = 0; start < ledger.length; start += defaultChunkRows) {
    const entries = ledger.slice(start, start + defaultChunkRows);
    const presence = new Presence(entries.length);
    const keys: string[] = [];
    for (const [row, { key }] of entries.entries()) {
      if (key === null) continue;
      presence.add(row);
      keys.push(key);
    }
    yield {
      rows: entries.length,
      columns: [
        plain(int64Bytes(entries.map(({ seq }) => seq))),
        presence.column(textBytes(keys)),
        plain(textBytes(entries.map(({ productId }) => productId))),
        plain(int64Bytes(entries.map(({ delta }) => delta))),
        plain(int64Bytes(entries.map(({ stockAfter }) => stockAfter))),
      ],
    };
  }
}

/** Adds the entries of a row group to `ledger`. */
export function readEntries(group: ReadGroup, ledger: LedgerEntry[]): void {
  const [seq, delta] = [group.column('seq').bigInts(), group.column('delta').bigInts()];
  const stockAfter = group.column('stock_after').bigInts();
  const productIds = group.column('product_id').texts();
  const keys = new Array<string | null>(group.rows).fill(null);
  const keyed = group.column('key');
  const [rows, texts] = [keyed.presentRows(), keyed.texts()];
  for (const [index, row] of rows.entries()) keys[row] = texts[index] ?? null;
  for (let row = 0; row < group.rows; row += 1) {
    ledger.push({
      seq: Number(seq[row]),
      key: keys[row] ?? null,
      productId: productIds[row] ?? '',
      delta: Number(delta[row]),
      stockAfter: Number(stockAfter[row]),
    });
  }
}
