import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter, parquetWriteFile } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { describe, expect, it } from 'vitest';
import { FlashsimError } from '../../../src/core/errors.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import { seal, sealBytes } from '../../../src/history/parquet/layout.ts';
import {
  readHistory,
  readLedger,
  writeHistory,
  writeLedger,
} from '../../../src/history/parquet.ts';
import { attemptsOf } from '../../helpers/attempts.ts';
import { runId } from '../../helpers/history-builder.ts';
import {
  errorOf,
  names,
  storeOf,
  temporaryFolder,
  variedAttempts,
} from '../../helpers/parquet-files.ts';

const folder = temporaryFolder();

async function writtenBytes(all: readonly Attempt[] = variedAttempts): Promise<Buffer> {
  const path = folder.path('history.parquet');
  await writeHistory(path, storeOf(all), names);
  return await readFile(path);
}

/** What reading `bytes` came to: the attempts, or the error. */
async function readBack(path: string, bytes: Uint8Array): Promise<Attempt[] | FlashsimError> {
  await writeFile(path, bytes);
  const reading = readHistory(path).then(attemptsOf);
  return await reading.catch(() => errorOf(reading));
}

describe('a damaged history.parquet', { timeout: 120_000 }, () => {
  it('is refused wherever it was cut short', async () => {
    const path = folder.path('history.parquet');
    const bytes = await writtenBytes();
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 13) {
      const read = await readBack(path, bytes.subarray(0, length));
      expect(read, `${length} of ${bytes.length} bytes`).toMatchObject({
        code: 'RUN_FOLDER_INVALID',
      });
    }
  });

  it('is refused, or read as it was, whichever bytes have changed', async () => {
    const path = folder.path('history.parquet');
    const bytes = await writtenBytes();
    const damage = fc.array(
      fc.record({ at: fc.nat(bytes.length - 1), mask: fc.integer({ min: 1, max: 255 }) }),
      { minLength: 1, maxLength: 3 },
    );
    let refused = 0;
    const runs = 600;
    await fc.assert(
      fc.asyncProperty(damage, async (flips) => {
        const damaged = Buffer.from(bytes);
        for (const { at, mask } of flips) damaged[at] = (damaged[at] ?? 0) ^ mask;
        const read = await readBack(path, damaged);
        if (Array.isArray(read)) {
          // Only columns that are not read back may differ.
          expect(read).toEqual(variedAttempts);
        } else {
          refused += 1;
          expect(read.code).toBe('RUN_FOLDER_INVALID');
        }
      }),
      { numRuns: runs },
    );
    expect(refused).toBeGreaterThan(runs / 2);
  });

  it('is refused when any byte of its footer has changed', async () => {
    const path = folder.path('history.parquet');
    const bytes = await writtenBytes(variedAttempts.slice(0, 3));
    const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    for (let at = start - sealBytes; at < bytes.length; at += 5) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      expect(await readBack(path, damaged), `byte ${at}`).toBeInstanceOf(FlashsimError);
    }
  });

  it('is refused when bytes are missing or added in the middle', async () => {
    const path = folder.path('history.parquet');
    const bytes = await writtenBytes();
    for (let at = 4; at < bytes.length - 8; at += 97) {
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      const shorter = await readBack(path, Buffer.concat([before, after.subarray(1)]));
      expect(shorter, `without byte ${at}`).toBeInstanceOf(FlashsimError);
      const longer = await readBack(path, Buffer.concat([before, Uint8Array.of(0), after]));
      expect(longer, `one more byte at ${at}`).toBeInstanceOf(FlashsimError);
    }
  });

  it('is refused when it is something else', async () => {
    const path = folder.path('history.parquet');
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(220),
        async (noise, footerLength) => {
          const tail = Buffer.from('    PAR1');
          tail.writeUInt32LE(footerLength);
          expect(await readBack(path, noise)).toBeInstanceOf(FlashsimError);
          expect(await readBack(path, Buffer.concat([noise, tail]))).toBeInstanceOf(FlashsimError);
        },
      ),
      { numRuns: 150 },
    );
    expect((await errorOf(readHistory(folder.path('none')))).code).toBe('RUN_FOLDER_INVALID');
    expect((await errorOf(readHistory(folder.root()))).code).toBe('RUN_FOLDER_INVALID');
  });

  it('is refused when it is a ledger', async () => {
    const path = folder.path('ledger.parquet');
    await writeLedger(path, [], runId);
    expect((await errorOf(readHistory(path))).what).toContain('not a history written by flashsim');
  });

  it.each([
    ['newer', '3'],
    ['older', '1'],
  ])('is refused when it is of %s version %s, and the version is named', async (age, value) => {
    const filename = folder.path('history.parquet');
    parquetWriteFile({
      filename,
      columnData: [{ name: 'operation', data: ['order'], type: 'STRING' }],
      kvMetadata: [
        { key: 'flashsim.schema_version', value },
        { key: 'flashsim.content', value: 'history' },
      ],
    });
    const error = await errorOf(readHistory(filename));
    expect(error.code).toBe('RUN_FOLDER_INVALID');
    expect(error.what).toContain(`${age} version of flashsim (schema ${value})`);
  });

  it('is refused when its footer is not sealed', async () => {
    const filename = folder.path('history.parquet');
    const kvMetadata = [
      { key: 'flashsim.schema_version', value: '2' },
      { key: 'flashsim.content', value: 'history' },
    ];
    const columnData = [{ name: 'operation', data: ['order'], type: 'STRING' as const }];
    parquetWriteFile({ filename, columnData, kvMetadata });
    expect((await errorOf(readHistory(filename))).what).toContain('no checksum');
  });
});

/** The file with another footer, sealed as if flashsim had written it. */
function withFooter(bytes: Buffer, footer: Uint8Array): Buffer {
  const start = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  const pages = bytes.subarray(0, start - sealBytes);
  return Buffer.concat([pages, seal(footer), footer, length, Buffer.from('PAR1')]);
}

function withMetadata(bytes: Buffer, change: (metadata: FileMetaData) => void): Buffer {
  const metadata = parquetMetadata(new Uint8Array(bytes));
  change(metadata);
  const writer = new ByteWriter();
  writeMetadata(writer, metadata);
  return withFooter(bytes, writer.getBytes().subarray(0, -4));
}

describe('a history.parquet that was made to harm', { timeout: 120_000 }, () => {
  const changes: readonly (readonly [string, (metadata: FileMetaData) => void])[] = [
    [
      'a row group of 2^40 rows',
      ({ row_groups: [group] }) => group && (group.num_rows = 2n ** 40n),
    ],
    ['a row group of no rows', ({ row_groups: [group] }) => group && (group.num_rows = 0n)],
    ['a row group of fewer rows', ({ row_groups: [group] }) => group && (group.num_rows = 3n)],
    ['other rows in all', (metadata) => (metadata.num_rows += 1n)],
    ['a row group too few', ({ row_groups: groups }) => groups.pop()],
    [
      'pages that no row group counts',
      (metadata) => {
        metadata.num_rows -= metadata.row_groups.pop()?.num_rows ?? 0n;
      },
    ],
    [
      'a row group that goes on behind the last page',
      ({ row_groups: groups }) => {
        const last = groups.at(-1);
        if (last) last.total_compressed_size = (last.total_compressed_size ?? 0n) + 8n;
      },
    ],
    [
      'the same pages again and again',
      (metadata) => {
        const [group] = metadata.row_groups;
        if (group === undefined) return;
        metadata.row_groups = Array.from({ length: 10_000 }, () => group);
        metadata.num_rows = group.num_rows * 10_000n;
      },
    ],
    [
      'a row group beyond the file',
      ({ row_groups: [group] }) => group && (group.total_compressed_size = 2n ** 50n),
    ],
    [
      'a row group of negative length',
      ({ row_groups: [group] }) => group && (group.total_compressed_size = -5n),
    ],
    ...(['data_page_offset', 'total_compressed_size', 'num_values'] as const).flatMap((field) =>
      [-1n, 0n, 3n, 2n ** 40n].map((value): readonly [string, (metadata: FileMetaData) => void] => [
        `a column with a ${field} of ${value}`,
        ({ row_groups: [group] }) => {
          const column = group?.columns.find(
            ({ meta_data: data }) => data?.path_in_schema[0] === 'intent',
          )?.meta_data;
          if (column) column[field] = value;
        },
      ]),
    ),
    ['a column missing', ({ row_groups: [group] }) => group?.columns.splice(3, 1)],
    [
      'two columns exchanged',
      ({ row_groups: [group] }) => {
        const [device, attempt] = ['device', 'attempt'].map(
          (name) =>
            group?.columns.find(({ meta_data: d }) => d?.path_in_schema[0] === name)?.meta_data,
        );
        if (device && attempt) [device.type, attempt.codec] = ['INT64', 'SNAPPY'];
      },
    ],
  ];

  it.each(changes)('is refused with %s', async (_title, change) => {
    const bytes = withMetadata(await writtenBytes(), change);
    const read = await readBack(folder.path('history.parquet'), bytes);
    expect(read).toMatchObject({ code: 'RUN_FOLDER_INVALID' });
  });

  it('is read when nothing was changed', async () => {
    const bytes = withMetadata(await writtenBytes(), () => undefined);
    expect(await readBack(folder.path('history.parquet'), bytes)).toEqual(variedAttempts);
  });

  it.each([
    // Field 4, a list of structures, as the count says.
    ['a list of 2^31 elements', 'list', [0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]],
    ['lists in lists', 'list', Array.from({ length: 40 }, () => [0x49, 0xf9, 0xff, 0x7f]).flat()],
    ['lists in short lists', 'too deep', [0x49, ...Array.from({ length: 5000 }, () => 0x19), 0x13]],
    ['structures in structures', 'too deep', Array.from({ length: 5000 }, () => 0x1c)],
    ['a text of 2 GB', 'ends too early', [0x48, 0xff, 0xff, 0xff, 0xff, 0x07]],
    ['a number without end', 'number', [0x15, ...Array.from({ length: 40 }, () => 0xff)]],
    ['nothing', 'ends too early', []],
  ])('is refused with a footer of %s', async (_title, why, footer) => {
    const bytes = withFooter(await writtenBytes(), Uint8Array.from(footer));
    const read = await readBack(folder.path('history.parquet'), bytes);
    expect(read).toMatchObject({ code: 'RUN_FOLDER_INVALID' });
    expect(read).toHaveProperty('what', expect.stringContaining(why));
  });
});

describe('a damaged ledger.parquet', () => {
  it('is refused, or read as it was, whichever byte has changed', async () => {
    const path = folder.path('ledger.parquet');
    const ledger = [
      { seq: 1, key: 'k1', productId: 'p0', delta: -1, stockAfter: 4 },
      { seq: 2, key: null, productId: 'p0', delta: 3, stockAfter: 7 },
    ];
    await writeLedger(path, ledger, runId);
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(path, damaged);
      const read = await readLedger(path).catch((error: unknown) => error);
      if (Array.isArray(read)) expect(read, `byte ${at}`).toEqual(ledger);
      else expect(read, `byte ${at}`).toMatchObject({ code: 'RUN_FOLDER_INVALID' });
    }
  });
});
