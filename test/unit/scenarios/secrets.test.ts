import { describe, expect, it } from 'vitest';
import { parseSource, plainValues } from '../../../src/scenarios/document.ts';
import { expandVariables, type Variables } from '../../../src/scenarios/expand.ts';
import { secretsOf } from '../../../src/scenarios/secrets.ts';

function secretsIn(text: string, variables: Variables = {}): readonly string[] {
  const source = parseSource(text, 'scenario.yaml');
  expandVariables(source, variables);
  return secretsOf(source, plainValues(source), variables);
}

describe('secretsOf', () => {
  it.each<[string, string, readonly string[]]>([
    ['a header', 'headers: { X-Api-Key: abcdef }', ['abcdef']],
    [
      'a cookie, value by value',
      'headers: { Cookie: "theme=dark; sid=abcdef" }',
      ['dark', 'abcdef'],
    ],
    ['a placeholder alone', 'headers: { Authorization: "Bearer {{login.token}}" }', []],
    [
      'a field of a body',
      'requests: { login: { path: /l, json: { user: { password: abcdef, id: u1 } } } }',
      ['abcdef'],
    ],
    [
      'a body as text',
      "requests: { login: { path: /l, body: \"<user password='abcdef' id='u1'/>\" } }",
      ['abcdef'],
    ],
    [
      'a form written as text',
      'requests: { login: { path: /l, body: "id=u1&pwd=abcdef" } }',
      ['abcdef'],
    ],
    ['a query', 'requests: { order: { path: "/o?api_key=abcdef&page=1" } }', ['abcdef']],
    [
      'where a value is found is none',
      'requests: { login: { path: /l, capture: { token: { json: $.session.token } } } }',
      [],
    ],
    [
      'a probe',
      'truth: { postgres: { url: "postgres://me:abcdef@localhost/x" }, http: { headers: { Authorization: "Bearer ghijkl" } } }',
      ['abcdef', 'ghijkl'],
    ],
  ])('%s', (_, http, expected) => {
    expect(secretsIn(`target: { http: { ${http} } }`)).toEqual(expected);
  });

  it('a variable that is called like one, wherever it stands; any, in requests and probes', () => {
    const text = `
target:
  http:
    baseUrl: "http://\${HOST}:3000"
    headers: { X-Region: "\${REGION}", X-Version: "\${VERSION}" }
sale: { products: [{ id: "\${PRODUCT}" }] }
name: "\${SHOP_TOKEN}-\${UNSET:-default}"
`;
    const variables = {
      HOST: 'localhost',
      REGION: 'north',
      VERSION: '1.2',
      PRODUCT: 'shoe',
      SHOP_TOKEN: 'abcdef',
    };
    expect(secretsIn(text, variables).toSorted()).toEqual(['abcdef', 'north']);
  });

  it('settings of the reference server are none: its session tokens are opaque, or JWT', () => {
    expect(secretsIn('target: { reference: { sessions: { tokens: opaque } } }')).toEqual([]);
  });
});
