import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type ColumnMetaData, type FileMetaData, parquetMetadata, type RowGroup } from 'hyparquet';
import { FlashsimError } from '../../core/errors.ts';
import { ColumnPages } from './column-pages.ts';
import {
  type ColumnSpec,
  isSeal,
  type Kind,
  magic,
  maxGroupRows,
  metadataKeys,
  parquetSchemaVersion,
  sealBytes,
} from './layout.ts';
import { checkThrift } from './thrift-check.ts';

/** Length of the footer's length and the magic number behind the footer, in bytes. */
const tailBytes = 8;

/** A row group as read, by the names of its columns. */
export interface ReadGroup {
  readonly rows: number;
  column(name: string): ColumnPages;
}

/**
 * Reads a file of {@link layout}, a row group at a time. What is yielded is valid until the next.
 *
 * @throws Error when the file is not whole; FlashsimError when it is of another version
 */
export async function* readParquetFile(
  path: string,
  kind: Kind,
  columns: readonly ColumnSpec[],
): AsyncGenerator<ReadGroup> {
  const file = await open(path);
  try {
    const { metadata, endOfPages } = await readFooter(file, path, kind);
    const needed = columns.filter(({ derived }) => derived !== true);
    let start = magic.length;
    let rows = 0n;
    let buffer: Buffer = Buffer.alloc(0);
    for (const group of metadata.row_groups) {
      const end = start + Number(group.total_compressed_size ?? -1);
      // Groups follow on one another: none is read twice, and together they are not more than the file.
      if (!(end >= start && end <= endOfPages)) throw new Error('a row group is not in its place');
      if (buffer.length < end - start) buffer = Buffer.allocUnsafeSlow(end - start);
      const bytes = buffer.subarray(0, end - start);
      await readFully(file, bytes, start);
      yield new GroupReader(group, bytes, start, needed);
      rows += group.num_rows;
      start = end;
    }
    if (rows !== metadata.num_rows) {
      throw new Error(`it has ${rows.toString()} of ${metadata.num_rows.toString()} rows`);
    }
    if (start !== endOfPages) throw new Error('it has pages that belong to no row group');
  } finally {
    await file.close();
  }
}

async function readFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error('it ends too early');
    done += bytesRead;
  }
}

interface Footer {
  readonly metadata: FileMetaData;
  /** Where the last page ends and the seal begins. */
  readonly endOfPages: number;
}

async function readFooter(file: FileHandle, path: string, kind: Kind): Promise<Footer> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(tailBytes);
  if (size < magic.length + tailBytes) throw new Error('it is too short');
  await readFully(file, tail, size - tailBytes);
  if (!tail.subarray(4).equals(magic)) throw new Error('it does not end as a Parquet file does');
  const length = tail.readUInt32LE(0);
  const start = size - tailBytes - length;
  if (start < magic.length + sealBytes) throw new Error('its footer is longer than the file');
  const bytes = Buffer.alloc(sealBytes + length + tailBytes);
  await readFully(file, bytes, start - sealBytes);
  const footer = bytes.subarray(sealBytes, sealBytes + length);
  const sealed = isSeal(bytes);
  if (sealed && bytes.readUInt32LE(sealBytes - 4) !== crc32(footer)) {
    throw new Error('its footer does not match its checksum');
  }
  checkThrift(footer);
  const metadata = parquetMetadata(new Uint8Array(bytes.subarray(sealBytes)), {
    geoparquet: false,
  });
  checkIdentity(path, kind, metadata);
  if (!sealed) throw new Error('its footer has no checksum');
  return { metadata, endOfPages: start - sealBytes };
}

function checkIdentity(path: string, kind: Kind, metadata: FileMetaData): void {
  const entries = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  const version = Number(entries.get(metadataKeys.version));
  if (entries.get(metadataKeys.content) !== kind || !Number.isInteger(version)) {
    throw new Error(`it is not a ${kind} written by flashsim`);
  }
  if (version === parquetSchemaVersion) return;
  const newer = version > parquetSchemaVersion;
  const which = newer ? 'a newer' : 'an older';
  throw new FlashsimError('RUN_FOLDER_INVALID', {
    what: `${path} was written by ${which} version of flashsim (schema ${version}).`,
    why: `This version reads schema ${parquetSchemaVersion}.`,
    fix: newer
      ? 'Update flashsim, or read the run with the version that made it (see run.json).'
      : 'Run the scenario again, or read the run with the version that made it (see run.json).',
  });
}

class GroupReader implements ReadGroup {
  readonly rows: number;
  readonly #columns = new Map<string, ColumnPages>();

  constructor(group: RowGroup, bytes: Buffer, start: number, needed: readonly ColumnSpec[]) {
    this.rows = Number(group.num_rows);
    if (!(this.rows >= 1 && this.rows <= maxGroupRows)) {
      throw new Error(`a row group has ${this.rows} rows`);
    }
    const found = new Map<string, ColumnMetaData>();
    for (const { meta_data: column } of group.columns) {
      if (column !== undefined) found.set(column.path_in_schema.join('.'), column);
    }
    for (const spec of needed) {
      const column = found.get(spec.name);
      if (column === undefined) throw new Error(`it has no column ${spec.name}`);
      this.#columns.set(spec.name, this.#pagesOf(spec, column, bytes, start));
    }
  }

  column(name: string): ColumnPages {
    const column = this.#columns.get(name);
    if (column === undefined) throw new Error(`it has no column ${name}`);
    return column;
  }

  #pagesOf(spec: ColumnSpec, column: ColumnMetaData, bytes: Buffer, start: number): ColumnPages {
    const first = column.dictionary_page_offset ?? column.data_page_offset;
    const from = Number(first) - start;
    const to = from + Number(column.total_compressed_size);
    const isRight =
      column.type === spec.type &&
      column.codec === 'UNCOMPRESSED' &&
      Number(column.num_values) === this.rows;
    if (!isRight || !(from >= 0 && to >= from && to <= bytes.length)) {
      throw new Error(`column ${spec.name} is not as flashsim writes it`);
    }
    return new ColumnPages(spec, this.rows, bytes.subarray(from, to));
  }
}
