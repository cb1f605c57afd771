import { describe, expect, it } from 'vitest';
import { replayLine } from '../../../src/cli/run-records.ts';

describe('replayLine', () => {
  it.each([
    ['workload.users=10', '--set workload.users=10'],
    ['sale.products[0].stock=10', "--set 'sale.products[0].stock=10'"],
    [
      'target.reference.stock={ strategy: naive }',
      "--set 'target.reference.stock={ strategy: naive }'",
    ],
  ])('keeps %s', (override, shown) => {
    expect(replayLine('sale-opening', 7, { set: [override], envFile: [] })).toBe(
      `flashsim run sale-opening --seed 7 ${shown}`,
    );
  });

  it('names the files of variables, and nothing that stands in them', () => {
    expect(replayLine('own.yaml', 7, { set: [], envFile: ['shop.env', 'my own.env'] })).toBe(
      "flashsim run own.yaml --seed 7 --env-file shop.env --env-file 'my own.env'",
    );
  });

  it.each([
    'target.reference.stores.postgres=postgres://me:hunter2@db/shop',
    'target.http.requests.order.headers.Authorization=Bearer hunter2',
    'target.http.requests.login.json.password=hunter2',
    'target.http.headers={ X-Api-Key: hunter2 }',
    'target.http.headers={"cookie":"sid=hunter2"}',
    'a.clientSecret=hunter2',
    'a.accessToken=x=hunter2',
  ])('never shows the secret of %s', (override) => {
    const line = replayLine('own.yaml', 1, { set: [override], envFile: [] });
    expect(line).not.toContain('hunter2');
    expect(line).toContain(override.split('=')[0]);
  });
});
