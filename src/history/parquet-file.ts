import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
} from 'hyparquet';

/** What flashsim writes into the metadata of its Parquet files. */
export interface FlashsimParquet {
  /** `history` or `ledger`; undefined for a file that flashsim did not write. */
  readonly content: string | undefined;
  readonly runId: string | undefined;
  readonly rows: number;
}

/** Reads who wrote a Parquet file, and how much. Rejects with the reader's error when it is none. */
export async function describeParquet(path: string): Promise<FlashsimParquet> {
  return describe(await parquetMetadataAsync(await asyncBufferFromFile(path)));
}

function describe(metadata: FileMetaData): FlashsimParquet {
  const entries = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  return {
    content: entries.get('flashsim.content'),
    runId: entries.get('flashsim.run_id'),
    rows: Number(metadata.num_rows),
  };
}

/** Some consecutive rows of a Parquet file. */
export interface ParquetRows {
  /** Number of the first row, from 0. */
  readonly start: number;
  readonly count: number;
  /** Values by column; of a column without a value in a row, null or undefined stands there. */
  readonly columns: ReadonlyMap<string, ArrayLike<unknown>>;
}

/** Names of the columns at the top level, in their order. */
export async function parquetColumns(path: string): Promise<readonly string[]> {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
  return topLevel(metadata);
}

function topLevel({ schema }: FileMetaData): readonly string[] {
  const names: string[] = [];
  let skip = 0;
  for (const element of schema.slice(1)) {
    if (skip > 0) skip -= 1;
    else names.push(element.name);
    skip += element.num_children ?? 0;
  }
  return names;
}

/** Reads the named columns of any Parquet file, a row group at a time. */
export async function* readParquetRows(
  path: string,
  wanted: readonly string[],
): AsyncGenerator<ParquetRows> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const present = new Set(topLevel(metadata));
  const scan = await parquetScan({ file, metadata });
  let start = 0;
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows);
    const columns = new Map<string, ArrayLike<unknown>>();
    for (const column of wanted) {
      if (!present.has(column)) continue;
      const values = await scan.readColumn({ column, rowStart: start, rowEnd: start + count });
      if (values.length !== count)
        throw new Error(`${column} has ${values.length} of ${count} rows`);
      columns.set(column, values);
    }
    yield { start, count, columns };
    start += count;
  }
}
