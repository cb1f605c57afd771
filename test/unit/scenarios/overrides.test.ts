import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../src/scenarios/load.ts';
import { errorOf, goodScenario, options, problemsOf, withText } from './scenario-text.ts';

const parse = (...overrides: string[]) =>
  parseScenario(goodScenario, 'tiny.yaml', { ...options, overrides });

describe('--set', () => {
  it('replaces values, appends to lists and makes missing maps', () => {
    const scenario = parse(
      'sale.products[0].stock=7',
      'sale.products[1]={ id: boot, stock: 3 }',
      'target.reference.stock.strategy=naive',
      'workload.arrivals[0].reaction.lognormal={median: 10ms, sigma: 0}',
    );
    expect(scenario.sale.products.map(({ stock }) => stock)).toEqual([7, 3]);
    expect(scenario.target.reference?.stock.strategy).toBe('naive');
    expect(scenario.workload.arrivals[0]).toMatchObject({
      reaction: { lognormal: { median: 10, sigma: 0 } },
    });
  });

  it('takes the names of metrics whole, dots included', () => {
    const { thresholds } = parse('thresholds.order.p99=< 800ms', 'thresholds["page.p50"]=> 5');
    expect(thresholds).toEqual({ oversell: 0, 'order.p99': '< 800ms', 'page.p50': '> 5' });
  });

  it('lets the last one win', () => {
    expect(parse('workload.users=4', 'workload.users=5').workload.users).toBe(5);
  });

  it('takes text that is no YAML as it stands', () => {
    expect(parse('description=Sale #1: *now*').description).toBe('Sale #1: *now*');
  });

  it('replaces a value without expanding the variable that stood there', () => {
    const text = withText('name: tiny', 'name: ${NOT_SET}');
    const scenario = parseScenario(text, 'tiny.yaml', { ...options, overrides: ['name=mine'] });
    expect(scenario.name).toBe('mine');
  });

  it('changes one use of an anchor only', () => {
    const text = withText(
      '    - { id: shoe, stock: 5 }',
      '    - &p { id: shoe, stock: 5 }\n    - *p',
    );
    const overrides = ['sale.products[1].id=boot'];
    const { sale } = parseScenario(text, 'tiny.yaml', { ...options, overrides });
    expect(sale.products.map(({ id }) => id)).toEqual(['shoe', 'boot']);
  });

  it.each([
    [
      'sale.product[0].stock=1',
      '- sale.product | --set sale.product[0].stock: unknown key "product" | did you mean "sale.products"?',
    ],
    [
      'workload.usrs=4',
      '- workload.usrs | --set workload.usrs: unknown key "usrs" | did you mean "workload.users"?',
    ],
    [
      'workload.users=-4',
      '- workload.users | --set workload.users: users cannot be -4 | write a whole number from 1 to 1000000',
    ],
    [
      'name.first=x',
      '- name.first | --set name.first: name is a single value and holds no keys | write name=value',
    ],
    [
      'sale.products.stock=1',
      '- sale.products.stock | --set sale.products.stock: sale.products is a list | write an index, such as sale.products[0]',
    ],
    [
      'sale.products[3].stock=1',
      '- sale.products[3].stock | --set sale.products[3].stock: sale.products has 1 entry | write an index from 0 to 1; 1 adds an entry',
    ],
    ['sale[0]=1', '- sale[0] | --set sale[0]: sale is no list | write a key instead of an index'],
    [
      'target.http.baseUrl=http://localhost:3000',
      "- target.http | --set target.http.baseUrl: two targets are named: reference and http | keep one; from the command line, --set 'target={http: {baseUrl: …}}' replaces both",
    ],
  ])('%s is refused, naming --set', (override, problem) => {
    expect(problemsOf(goodScenario, { overrides: [override] })).toEqual([problem]);
  });

  it('replaces the target as a whole', () => {
    const { target } = parse('target={http: {baseUrl: "http://localhost:3000"}}');
    expect(target.reference).toBeUndefined();
    expect(target.http?.baseUrl).toBe('http://localhost:3000');
  });

  it.each(['foo', '=1', 'a..b=1', 'a[x]=1', ''])('%j is a usage error', (override) => {
    expect(errorOf(goodScenario, { overrides: [override] }).code).toBe('USAGE');
  });

  it('cannot reach the prototype of anything', () => {
    const overrides = ['__proto__.polluted=1', 'constructor.prototype.polluted=1'];
    expect(errorOf(goodScenario, { overrides }).code).toBe('SCENARIO_INVALID');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
