import { messageOf } from '../core/errors.ts';
import { readHistory } from '../history/parquet.ts';
import { describeParquet, parquetColumns, readParquetRows } from '../history/parquet-file.ts';
import type { AttemptStore } from '../history/store.ts';
import type { HistoryCollector } from './collector.ts';
import { nativeSample, unknownColumns } from './formats.ts';
import { importError } from './import-error.ts';
import { unreadable } from './lines.ts';
import { type Mapping, mappedFields } from './mapping.ts';
import type { ReadNotes } from './read-text.ts';
import { rowOf } from './row.ts';

const parquetFix = 'Export the history again, or copy it anew: the file is cut short or damaged.';

/** A `history.parquet` of flashsim's own. */
export interface OwnHistory {
  readonly runId: string;
  readonly attempts: AttemptStore;
}

/**
 * Reads a `history.parquet` that flashsim wrote; undefined for any other Parquet file.
 *
 * @param productIds the contract's products, which the history knows by their position
 */
export async function readOwnHistory(
  path: string,
  productIds: readonly string[],
): Promise<OwnHistory | undefined> {
  const { content, runId } = await explained(path, () => describeParquet(path));
  if (content !== 'history' || runId === undefined) return undefined;
  const attempts = await explained(path, () => readHistory(path));
  await explained(path, () => checkProducts(path, productIds));
  return { runId, attempts };
}

/** The position of every product in the history has to be its position in the contract. */
async function checkProducts(path: string, productIds: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  for await (const { count, columns } of readParquetRows(path, ['product', 'product_id'])) {
    const [index, id] = [columns.get('product'), columns.get('product_id')];
    for (let row = 0; row < count; row += 1) {
      const productId = id?.[row];
      if (typeof productId === 'string') seen.add(`${String(index?.[row])} ${productId}`);
    }
  }
  for (const pair of seen) {
    const [position = '', ...rest] = pair.split(' ');
    const id = rest.join(' ');
    if (productIds[Number(position)] === id) continue;
    throw importError(
      path,
      `its product ${Number(position) + 1} is "${id}", and the contract's is "${productIds[Number(position)] ?? 'none'}"`,
      'List the products in the contract as the scenario of the run lists them.',
    );
  }
}

/** Reads a Parquet file with the columns of the documented format, or as the mapping says. */
export async function readParquet(
  path: string,
  mapping: Mapping | undefined,
  collector: HistoryCollector,
): Promise<ReadNotes> {
  const present = await explained(path, () => parquetColumns(path));
  let leftOut = 0;
  await explained(path, async () => {
    for await (const { start, count, columns } of readParquetRows(path, present)) {
      for (let row = 0; row < count; row += 1) {
        const record = Object.fromEntries(
          Array.from(columns, ([name, values]) => [name, values[row]]),
        );
        if (!addRecord(record, start + row + 1)) leftOut += 1;
      }
    }
  });
  return {
    cutShort: false,
    leftOut,
    unknownColumns: mapping === undefined ? unknownColumns(present) : [],
  };

  function addRecord(record: Readonly<Record<string, unknown>>, number: number): boolean {
    const sample = nativeSample(record);
    const fields = mapping === undefined ? record : mappedFields(mapping, record, record);
    if (fields === undefined || sample === 'skip') return false;
    const row = rowOf(fields);
    const mistake = 'mistake' in row ? row.mistake : collector.add(row, number);
    if (mistake === undefined) return true;
    throw importError(path, `row ${number}: ${mistake}`, 'See docs/reference/history-format.md.');
  }
}

/** The library's own errors as ours. */
async function explained<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'FlashsimError') throw cause;
    if (cause instanceof Error && 'code' in cause) throw unreadable(path, cause);
    throw importError(path, `it cannot be read as Parquet: ${messageOf(cause)}`, parquetFix, {
      cause,
    });
  }
}
