import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOfPlaceholder, parseTemplate } from '../../../src/core/templates.ts';

const placeholder = (root: string, name = '', isNumber = false) => ({ root, name, isNumber });

describe('a template', () => {
  it.each([
    ['', []],
    ['plain', ['plain']],
    ['{{key}}', [placeholder('key')]],
    ['/orders/{{ order.id }}?x=1', ['/orders/', placeholder('order', 'id'), '?x=1']],
    ['{{a.b}}{{c.d | number}}', [placeholder('a', 'b'), placeholder('c', 'd', true)]],
    ['a } b }} c { d', ['a } b }} c { d']],
  ])('%j is taken apart', (text, pieces) => {
    expect(parseTemplate(text)).toEqual(pieces);
  });

  it.each([
    ['{{user.id', 'never closed'],
    ['{{}}', 'names nothing'],
    ['{{1}}', 'names nothing'],
    ['{{user.id | upper}}', 'upper'],
  ])('%j is a mistake: %s', (text, why) => {
    expect(parseTemplate(text)).toEqual({ mistake: expect.stringContaining(why) as string });
  });

  it('put together again is the text that it was', () => {
    const piece = fc.oneof(
      fc.string().map((text) => text.replaceAll(/[{}]/g, '')),
      fc.constantFrom('{{key}}', '{{user.id}}', '{{login.token}}'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const found = parseTemplate(text);
        if ('mistake' in found) throw new Error(found.mistake);
        const written = found.map((part) =>
          typeof part === 'string' ? part : `{{${nameOfPlaceholder(part)}}}`,
        );
        expect(written.join('')).toBe(text);
      }),
    );
  });
});
