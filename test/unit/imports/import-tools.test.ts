import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { invariantNames } from '../../../src/audit/registry.ts';
import type { Contract } from '../../../src/history/contract.ts';
import { importHistory } from '../../../src/imports/import-history.ts';
import { judgeability } from '../../../src/imports/judgeability.ts';
import { attemptsOf } from '../../helpers/attempts.ts';
import {
  contract,
  errorOf,
  fixture,
  folder,
  imported,
  ndjson,
  order,
  read,
} from './import-fixture.ts';

const k6Mapping = {
  operations: [
    {
      when: [
        { field: 'method', equals: 'POST' },
        { field: 'name', matches: '^/orders$' },
      ],
      operation: 'order',
    },
    { when: { field: 'name', matches: '^/products/' }, operation: 'page' },
  ],
  fields: { key: 'key', user: 'user', product: { constant: 'sneaker-42' } },
  outcomes: [{ when: { field: 'status', equals: 409 }, outcome: 'fail', code: 'sold-out' }],
};

describe('k6 --out json', () => {
  it('gives one attempt a request, from its start to its end', async () => {
    const { attempts, names, format } = await read(fixture('k6.json'), { mapping: k6Mapping });
    expect(format).toBe('k6');
    const all = attemptsOf(attempts);
    expect(all.map(({ operation, code }) => `${operation} ${code}`)).toEqual([
      'page ok',
      'order ok',
      'order ok',
      'order ok',
      'order sold-out',
      'order sold-out',
      'order timeout',
      'order connect-failed',
    ]);
    const [page, first] = all;
    expect((first?.sentNs ?? 0) - (page?.doneNs ?? 0)).toBeCloseTo(70e6 - 20.5e6 - 40e6, -1);
    expect((first?.doneNs ?? 0) - (first?.sentNs ?? 0)).toBeCloseTo(20.5e6, -1);
    expect(all.at(-1)?.sentNs).toBeNaN();
    expect(names?.keyOf(first?.intent ?? -1)).toBe('k-anna');
  });

  it('is refused without a mapping when it holds several kinds of requests', async () => {
    const error = await errorOf(read(fixture('k6.json')));
    expect(error.what).toContain(
      'several kinds of requests ("GET /products/sneaker-42", "POST /orders")',
    );
    expect(error.fix).toContain('--mapping');
  });

  it('leaves out what the mapping does not name', async () => {
    const [orders] = k6Mapping.operations;
    const history = await read(fixture('k6.json'), {
      mapping: { ...k6Mapping, operations: [orders] },
    });
    expect([history.attempts.length, history.notes.leftOut]).toEqual([7, 1]);
  });

  it('is incomplete with a last line that was cut short, and refused with one in the middle', async () => {
    const text = await readFile(fixture('k6.json'), 'utf8');
    const cut = text.slice(0, -40);
    const history = await imported(cut, { name: 'k6.json', mapping: k6Mapping });
    expect(history.notes.cutShort).toBe(true);
    const lines = text.split('\n');
    lines[20] = (lines[20] ?? '').slice(0, 50);
    const error = await errorOf(
      imported(lines.join('\n'), { name: 'k6.json', mapping: k6Mapping }),
    );
    expect(error.what).toContain('line 21: it is no JSON object');
  });
});

describe('JMeter JTL', () => {
  const mapping = {
    fields: { key: 'orderKey', user: { field: 'threadName', capture: String.raw`(\d+-\d+)$` } },
    outcomes: [{ when: { field: 'responseCode', equals: 409 }, outcome: 'fail', code: 'sold-out' }],
  };

  it('gives one attempt a sample, quoted line ends and all', async () => {
    const { attempts, format, facts, names } = await read(fixture('jmeter.jtl'), { mapping });
    expect(format).toBe('jmeter');
    expect(facts).toMatchObject({ keyless: false, userless: false, wholeMs: true });
    const all = attemptsOf(attempts);
    expect(all.map(({ code }) => code)).toEqual([
      'ok',
      'ok',
      'sold-out',
      'sold-out',
      'timeout',
      'connect-failed',
    ]);
    expect(all[0]).toMatchObject({ sentNs: 0, doneNs: 21e6, status: 201 });
    expect(names?.userOf(all[2]?.user ?? -1)).toBe('1-3');
  });

  it('without a mapping counts each sample as an order of its own', async () => {
    const history = await read(fixture('jmeter.jtl'));
    expect(history.facts).toMatchObject({
      keyless: true,
      nameless: true,
      userless: true,
      ambiguous: 2,
    });
    const { warnings, withheld } = judgeability(history, contract);
    expect(warnings.join('\n')).toMatch(/duplicates cannot be judged[\s\S]*count as uncertain: 2/);
    expect(withheld.map(({ name }) => name)).toContain('duplicateOrder');
  });

  it.each([
    ['a column missing', 'timeStamp,elapsed,label\n1,2,a\n', undefined],
    [
      'times in words',
      'timeStamp,elapsed,label,responseCode\n2026/11/27 10:00:00.050,2,a,200\n',
      /timestamp_format to ms/,
    ],
  ])('is refused with %s', async (_title, content, message) => {
    await writeFile(join(folder, 'x.jtl'), content);
    const promise = importHistory({
      path: join(folder, 'x.jtl'),
      format: 'jmeter',
      contract,
      mapping: undefined,
    });
    expect((await errorOf(promise)).what).toMatch(
      message ?? /line 1: the column responseCode is missing/,
    );
  });
});

describe('what cannot be judged', () => {
  it('is named as the audit names it, and taken out of the contract', async () => {
    const history = await imported(ndjson({ sentMs: 1, doneMs: 2, status: 201, orderId: 'o1' }));
    const promised: Contract = {
      ...contract,
      opensAtMs: 5,
      rateLimit: { algorithm: 'token-bucket', key: 'device', limit: 1, windowMs: 1 },
    };
    const { contract: kept, withheld } = judgeability(history, promised);
    const names = withheld.map(({ name }) => name);
    expect(invariantNames).toEqual(expect.arrayContaining(names));
    expect([...names].sort()).toEqual([
      'deviceLimit',
      'duplicateOrder',
      'falseRejection',
      'keyReuse',
      'overAdmission',
      'phantomOrder',
      'saleWindow',
      'underAdmission',
      'userLimit',
    ]);
    expect(kept.opensAtMs).toBeUndefined();
    expect(kept.products).toEqual([{ id: 'sneaker-42', stock: 2 }]);
  });

  it('is nothing when the history names everything', async () => {
    const history = await imported(ndjson(order('a', 0, { device: 'd' })));
    const promised: Contract = { ...contract, opensAtMs: 5 };
    expect(judgeability(history, promised)).toMatchObject({
      contract: promised,
      withheld: [],
      warnings: [],
    });
  });
});
