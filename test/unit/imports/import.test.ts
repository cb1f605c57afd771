import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { writeHistory } from '../../../src/history/parquet.ts';
import { judgeability } from '../../../src/imports/judgeability.ts';
import { attemptsOf } from '../../helpers/attempts.ts';
import { cleanSale, runId } from '../../helpers/history-builder.ts';
import { contract, errorOf, folder, imported, ndjson, order, read } from './import-fixture.ts';

describe('NDJSON', () => {
  it('becomes attempts in order of time, with names that lead back', async () => {
    const { attempts, names, epochMs, facts } = await imported(
      ndjson(
        order('b', 5, { device: 'phone', attempt: 3 }),
        order('a', 2, { orderId: 'o1', remaining: 1 }),
        order('b', 9, { status: 409, code: 'sold-out' }),
        {
          operation: 'cancel',
          orderId: 'o1',
          sentMs: 1_795_773_600_020,
          doneMs: 1_795_773_600_021,
          status: 200,
        },
      ),
    );
    expect(epochMs).toBe(1_795_773_600_002);
    expect(attemptsOf(attempts)).toMatchObject([
      {
        intent: 1,
        user: 1,
        sentNs: 0,
        doneNs: 10.5e6,
        attempt: 1,
        orderId: 'o1',
        remaining: 1,
        outcome: 'ok',
        product: 0,
      },
      { intent: 0, user: 0, sentNs: 3e6, attempt: 3, device: 0, outcome: 'ok' },
      { intent: 0, sentNs: 7e6, attempt: 2, outcome: 'fail', code: 'sold-out' },
      { operation: 'cancel', intent: 1, sentNs: 18e6, outcome: 'ok' },
    ]);
    expect(names?.keyOf(1)).toBe('a');
    expect(names?.parseKey('b')).toEqual({ intent: 0, keyVariant: 0 });
    expect(names?.parseKey('c')).toBeUndefined();
    expect(names?.userOf(1)).toBe('of a');
    expect(names?.deviceOf(0, 0)).toBe('phone');
    expect(facts).toMatchObject({
      rows: 4,
      orders: 3,
      keyless: false,
      wholeMs: false,
      wallClock: true,
    });
  });

  it('finds a cancellation by order id wherever it stands', async () => {
    const { attempts } = await imported(
      ndjson(
        { operation: 'cancel', orderId: 'o1', user: 'x', sentMs: 50, doneMs: 60.5, status: 200 },
        order('a', 0, { orderId: 'o1' }),
      ),
    );
    expect(new Set(attemptsOf(attempts).map(({ intent }) => intent))).toEqual(new Set([0]));
  });

  it('takes a clock of whole milliseconds to have cut off the rest', async () => {
    const { attempts, facts, ...rest } = await imported(
      ndjson(order('a', 0, { doneMs: 1_795_773_600_010 })),
    );
    expect(attemptsOf(attempts)).toMatchObject([{ sentNs: 0, doneNs: 11e6 }]);
    const { warnings } = judgeability({ attempts, facts, ...rest }, contract);
    expect(warnings.join()).toContain('whole milliseconds');
  });

  it('leaves out a last line that was cut short, and counts as incomplete', async () => {
    const { attempts, notes } = await imported(`${ndjson(order('a', 0))}{"key":"b","sen`);
    expect([attempts.length, notes.cutShort]).toEqual([1, true]);
  });

  it.each([
    ['one array', JSON.stringify([order('a', 0)])],
    ['a text', 'no history'],
  ])('is refused when it is %s, not a record cut short', async (_title, content) => {
    expect((await errorOf(imported(content, { name: 'h.ndjson' }))).what).toMatch(
      /line 1: it is no JSON object/,
    );
  });

  it('takes a last line that is whole, without a line end', async () => {
    const { attempts, notes } = await imported(ndjson(order('a', 0), order('b', 1)).trimEnd());
    expect([attempts.length, notes.cutShort]).toEqual([2, false]);
  });

  it('may hold no attempt at all', async () => {
    expect((await imported('\n\n')).attempts.length).toBe(0);
  });

  it('tells of columns that have no meaning', async () => {
    const history = await imported(ndjson(order('a', 0, { colour: 'red', prodcut: 'x' })));
    expect(history.notes.unknownColumns).toEqual(['colour', 'prodcut']);
    expect(judgeability(history, contract).warnings.join()).toContain('colour, prodcut');
  });

  it.each([
    [
      'a broken line in the middle',
      `${ndjson(order('a', 0))}{"key":\n${ndjson(order('b', 1))}`,
      /line 2: it is no JSON object/,
    ],
    ['a list', `${ndjson(order('a', 0))}[1]\n`, /line 2: it is no JSON object/],
    [
      'a wrong value',
      ndjson(order('a', 0), order('b', 1, { quantity: -1 })),
      /line 2: quantity is -1/,
    ],
    [
      'one attempt twice',
      ndjson(order('a', 0, { id: 7 }), order('b', 1), order('a', 0, { id: 7 })),
      /line 3: the attempt "7" stands on line 1 already/,
    ],
    [
      'a cancellation of nothing',
      ndjson({ ...order('a', 0, { operation: 'cancel' }), key: undefined }),
      /names neither key nor orderId/,
    ],
    ['nothing', '', /the file is empty/],
    ['binary', Buffer.from([0x7b, 0, 1, 2, 0x0a]), /it is no text, but binary/],
    [
      'bytes that are no UTF-8',
      Buffer.from([0x7b, 0xff, 0xfe, 0x0a]),
      /it is no UTF-8 text from line 1 on/,
    ],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /compressed with gzip/],
    ['XML', '<?xml version="1.0"?><testResults/>', /it is XML/],
    [
      'a line without end',
      Buffer.alloc(3 * 1024 * 1024, 0x7b),
      /line 1: the line is longer than 1 MiB/,
    ],
  ])('is refused with %s, and says where', async (_title, content, message) => {
    expect((await errorOf(imported(content))).what).toMatch(message);
  });

  it('is refused when a person has more devices than can be told apart', async () => {
    const records = Array.from({ length: 257 }, (_, device) => order('a', device, { device }));
    expect((await errorOf(imported(ndjson(...records)))).what).toContain(
      'line 257: the user has more',
    );
  });

  it('is refused when an order names no product of several', async () => {
    const two = { products: [...contract.products, { id: 'cap', stock: 1 }] };
    const content = ndjson(order('a', 0));
    expect((await errorOf(imported(content, { contract: two }))).what).toContain(
      'names no product',
    );
  });

  it('is refused when it is not there', async () => {
    expect((await errorOf(read(join(folder, 'none.ndjson')))).what).toContain('no such file');
    expect((await errorOf(read(folder))).what).toContain('it is a folder');
  });
});

describe('CSV', () => {
  const header = 'key,user,sentMs,doneMs,status,code\n';

  it('has the same fields', async () => {
    const { attempts, format } = await imported(
      `${header}a,anna,1.5,2.5,201,\nb,ben,2,3,409,sold-out\n`,
      { name: 'h.csv' },
    );
    expect(format).toBe('csv');
    expect(attemptsOf(attempts)).toMatchObject([
      { outcome: 'ok' },
      { outcome: 'fail', code: 'sold-out' },
    ]);
  });

  it.each([
    ['without a line end', `${header}a,anna,1,2,201,\nb,ben,2,3,40`],
    ['within a quoted field', `${header}a,anna,1,2,201,\nb,ben,2,3,409,"sold\n`],
  ])('leaves out a last record that was cut short %s', async (_title, content) => {
    const { attempts, notes } = await imported(content, { name: 'h.csv' });
    expect([attempts.length, notes.cutShort]).toEqual([1, true]);
  });

  it.each([
    [
      'another number of fields',
      `${header}a,anna,1,2,201\n`,
      /line 2: it has 5 fields, and the header has 6/,
    ],
    ['a stray quote', `${header}a,an"na,1,2,201,\n`, /line 2: field 2 has a stray quote/],
    ['a column twice', 'key,key,sentMs\n', /line 1: a column stands here twice/],
  ])('is refused with %s', async (_title, content, message) => {
    expect((await errorOf(imported(content, { name: 'h.csv' }))).what).toMatch(message);
  });

  it('may hold a header alone', async () => {
    expect((await imported(header, { name: 'h.csv' })).attempts.length).toBe(0);
  });
});

describe('Parquet', () => {
  it('of flashsim’s own keeps its run and its attempts', async () => {
    const { attempts } = cleanSale().evidence();
    const path = join(folder, 'own.parquet');
    await writeHistory(path, attempts, { runId, productIds: ['p0'] });
    const history = await read(path, { contract: { products: [{ id: 'p0', stock: 2 }] } });
    expect(history).toMatchObject({ runId, names: undefined, facts: { wallClock: false } });
    expect(attemptsOf(history.attempts)).toEqual(attemptsOf(attempts));
    const error = await errorOf(read(path));
    expect(error.what).toContain('its product 1 is "p0", and the contract\'s is "sneaker-42"');
  });

  it('of another tool has the columns of the documented format', async () => {
    const filename = join(folder, 'other.parquet');
    parquetWriteFile({
      filename,
      columnData: [
        { name: 'key', data: ['a', 'b'], type: 'STRING' },
        {
          name: 'sentNs',
          data: [1_795_773_600_000_000_001n, 1_795_773_600_000_000_009n],
          type: 'INT64',
        },
        {
          name: 'doneAt',
          data: [new Date(1_795_773_600_001), new Date(1_795_773_600_002)],
          type: 'TIMESTAMP',
        },
        { name: 'status', data: [201, 500], type: 'INT32' },
        { name: 'city', data: ['x', 'y'], type: 'STRING' },
      ],
    });
    const { attempts, notes, epochMs } = await read(filename);
    expect(epochMs).toBe(1_795_773_600_000);
    expect(attemptsOf(attempts)).toMatchObject([
      { sentNs: 1, doneNs: 1e6, outcome: 'ok' },
      { sentNs: 9, doneNs: 2e6, outcome: 'info' },
    ]);
    expect(notes.unknownColumns).toEqual(['city']);
  });

  it.each([4, 100, -1, -9])('is refused when it is cut short (%d)', async (cut) => {
    const path = join(folder, 'whole.parquet');
    const { attempts } = cleanSale().evidence();
    await writeHistory(path, attempts, { runId, productIds: ['p0'] });
    const whole = await readFile(path);
    const content = whole.subarray(0, cut < 0 ? whole.length + cut : cut);
    const error = await errorOf(imported(content, { name: 'cut.parquet' }));
    expect(error.what).toMatch(/cannot be read as Parquet|Parquet/);
  });

  it('is refused with rubbish in it', async () => {
    const error = await errorOf(
      imported('PAR1 is not all that it takes PAR1', { name: 'r.parquet' }),
    );
    expect(error.what).toContain('cannot be read as Parquet');
  });
});
