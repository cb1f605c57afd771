import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../src/scenarios/load.ts';
import { errorOf, options, problemsOf, withText } from './scenario-text.ts';

const described = (description: string, env: Record<string, string> = {}) =>
  parseScenario(withText('name: tiny', `name: tiny\ndescription: ${description}`), 'tiny.yaml', {
    ...options,
    env,
  }).description;

describe('environment variables', () => {
  it.each([
    ['"${WHO}"', { WHO: 'ann' }, 'ann'],
    ['"for ${WHO} and ${WHO}"', { WHO: 'ann' }, 'for ann and ann'],
    ['"${WHO:-bob}"', {}, 'bob'],
    ['"${WHO:-bob}"', { WHO: '' }, 'bob'],
    ['"${WHO}"', { WHO: '' }, ''],
    ['"${WHO:-}"', {}, ''],
    ['"$${WHO}"', {}, '${WHO}'],
    ['"$WHO costs 5$"', {}, '$WHO costs 5$'],
    ['"${WHO}"', { WHO: '${OTHER}', OTHER: 'no' }, '${OTHER}'],
  ])('%s with %j is %j', (written, env, expected) => {
    expect(described(written, env)).toBe(expected);
  });

  it('take the type of their value where they stand alone', () => {
    const text = withText('stock: 5', 'stock: "${STOCK:-7}"');
    const read = (env: Record<string, string>) =>
      parseScenario(text, 'tiny.yaml', { ...options, env }).sale.products[0]?.stock;
    expect(read({})).toBe(7);
    expect(read({ STOCK: '9' })).toBe(9);
  });

  it('that are not set and have no default are named with their place, once', () => {
    expect(problemsOf(withText('users: 10', 'users: ${USERS}'))).toEqual([
      '9:10 workload.users | the environment variable USERS is not set | set it, or give a default: ${USERS:-…}',
    ]);
  });

  it('inside a list are named with their path', () => {
    expect(problemsOf(withText('id: shoe', 'id: "${ID}"'))[0]).toMatch(
      /^6:13 sale\.products\[0\]\.id /,
    );
  });

  it('with names that none can have are refused', () => {
    expect(problemsOf(withText('name: tiny', 'name: "x-${a b}"'))).toEqual([
      '1:7 name | ${a b} names no environment variable | write ${NAME} or ${NAME:-default}, or $${ for a plain ${',
    ]);
  });

  it('never show their value in an error: it may be a secret', () => {
    const error = errorOf(withText('endsAt: 5s', 'endsAt: "${TOKEN}"'), {
      env: { TOKEN: 'hunter2' },
    });
    expect(error.problems.map(({ what }) => what)).toEqual([
      'endsAt cannot be what "${TOKEN}" came to',
    ]);
    expect(JSON.stringify(error.problems)).not.toContain('hunter2');
  });

  it('cannot be read from the prototype', () => {
    expect(problemsOf(withText('name: tiny', 'name: "${constructor}"'))[0]).toContain(
      'constructor is not set',
    );
  });
});
