import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkFeederColumns, readFeeders } from '../../../../src/targets/http/feeders.ts';

function read(name: string, text: string, people = 2) {
  const folder = mkdtempSync(join(tmpdir(), 'feeders-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return readFeeders({ accounts: { file: name } }, folder, people);
}

const rows = [
  ['a@x.org', '1'],
  ['b@x.org', '2'],
];

describe('a feeder', () => {
  it.each([
    ['rows.csv', 'email,pin\na@x.org,1\nb@x.org,2\n'],
    ['rows.csv', '\uFEFFemail;pin\r\n"a@x.org";1\r\nb@x.org;2\r\nc@x.org;3'],
    ['rows.json', '[{"email":"a@x.org","pin":1},{"email":"b@x.org","pin":2}]'],
  ])('of %s has a row for each person: %j', async (name, text) => {
    expect(await read(name, text)).toEqual({ accounts: { columns: ['email', 'pin'], rows } });
  });

  it.each([
    ['rows.csv', 'email\na@x.org\n', 'has 1 rows, and 2 people come'],
    ['rows.csv', 'email,pin\na@x.org\nb,2', 'row 1 of'],
    ['rows.csv', 'email\n"a\nb"\nc\n', 'has a line end in it'],
    ['rows.json', '{"email":1}', 'is no list of objects'],
    ['rows.json', 'nonsense', 'is no JSON'],
  ])('of %s cannot be used: %j', async (name, text, why) => {
    await expect(read(name, text)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      what: expect.stringContaining(why) as string,
    });
  });

  it('that is not there is said to be so', async () => {
    const found = readFeeders({ accounts: { file: 'no.csv' } }, '/nowhere', 1);
    await expect(found).rejects.toThrow('there is no such file');
  });

  it('lacks no column that is asked for', () => {
    const feeders = { accounts: { columns: ['email'], rows: [] } };
    const used = { path: '/{{accounts.email}}/{{user.id}}' };
    expect(() => checkFeederColumns(used, feeders)).not.toThrow();
    const missing = [{ json: { a: '{{ accounts.mail }}' } }];
    expect(() => checkFeederColumns(missing, feeders)).toThrow('it has no column "mail"');
  });
});
