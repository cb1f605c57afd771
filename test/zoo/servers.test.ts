import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../helpers/cli.ts';
import { faults } from './faults.ts';
import { zoo } from './registry.ts';
import { countOf, Shop } from './shop.ts';
import type { Specimen } from './specimen.ts';

const right = zoo.filter(({ expected }) => expected.verdict === 'pass');
const wrong = zoo.filter(({ expected }) => expected.verdict === 'violated');
const byName = (some: readonly Specimen[]): (readonly [name: string, specimen: Specimen])[] =>
  some.map((specimen) => [specimen.name, specimen]);

describe('the zoo', () => {
  it('has at least 24 servers, each under a name of its own', () => {
    const names = zoo.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(wrong.length).toBeGreaterThanOrEqual(24);
  });

  it('shows the fault of each wrong server', () => {
    expect(Object.keys(faults).sort()).toEqual(wrong.map(({ name }) => name).sort());
  });
});

describe('docs/reference/zoo.md', () => {
  const page = readFileSync(join(root, 'docs', 'reference', 'zoo.md'), 'utf8');

  it('has a row for each server, as the registry has it', () => {
    const rows = zoo.map(({ name, story, expected }) => {
      if (expected.verdict === 'pass') return `| ${name} | ${story} |`;
      const { by, consequences, race } = expected;
      const title = race ? `${name} (race)` : name;
      return `| ${title} | ${story} | ${by} | ${consequences.join(', ')} |`;
    });
    const written = page.split('\n').filter((line) => /^\| (?!server |-)/.test(line));
    expect([...written].sort()).toEqual(rows.sort());
  });
});

describe('a wrong server', () => {
  it.each(byName(wrong))('%s shows its fault to plain requests', async (_name, specimen) => {
    const fault = faults[specimen.name];
    const shop = await Shop.open(specimen, fault?.sale);
    await fault?.show(shop);
    expect.hasAssertions();
  });
});

describe('a right server', () => {
  const synchronous = right.filter(
    ({ name }) => name !== 'asynchronous' && name !== 'loses-answers',
  );

  it.each(byName(right))(
    '%s sells what it has to a crowd, and no more',
    async (_name, specimen) => {
      const shop = await Shop.open(specimen, { stock: 10 });
      await shop.rush(25);
      while ((await shop.sold()) < 10);
      expect(await shop.sold()).toBe(10);
      expect(await shop.remaining()).toBe(0);
      const { ledger } = await shop.truth();
      expect(ledger.map(({ stockAfter }) => stockAfter)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    },
  );

  it.each(byName(synchronous))(
    '%s refuses for cause and takes orders back',
    async (_name, specimen) => {
      const shop = await Shop.open(specimen, { stock: 2, limitPerUser: 1 });
      const [anna, bert] = [await shop.login('anna'), await shop.login('bert')];
      const ordered = await shop.order(anna, 'k1');
      expect(ordered).toMatchObject({ status: 201, body: { remaining: 1 } });
      expect((await shop.order(anna, 'k1')).body).toEqual(ordered.body);
      expect((await shop.order(bert, 'k1')).code).toBe('key-reuse');
      expect((await shop.order(bert, 'k2')).status).toBe(201);
      const [carl, dora] = [await shop.login('carl'), await shop.login('dora')];
      expect((await shop.order(carl, 'k3')).code).toBe('sold-out');
      expect((await shop.cancel(anna, ordered)).body['status']).toBe('cancelled');
      expect((await shop.cancel(anna, ordered)).body['status']).toBe('cancelled');
      expect((await shop.status(anna, 'k1')).body['status']).toBe('cancelled');
      expect((await shop.order(dora, 'k4')).status).toBe(201);
      expect([await shop.sold(), await shop.remaining()]).toEqual([2, 0]);
      expect((await shop.order('nobody', 'k5')).code).toBe('unauthorized');
    },
  );

  it.each(byName(right))('%s holds its hours', async (_name, specimen) => {
    const early = await Shop.open(specimen, { opensInMs: 60_000 });
    expect(countOf(await early.queue(1), 'not-open')).toBe(1);
    const late = await Shop.open(specimen, { closesInMs: -1 });
    expect(countOf(await late.queue(1), 'closed')).toBe(1);
  });
});
