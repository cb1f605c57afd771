import { describe, expect, it } from 'vitest';
import { wantsColour } from '../../../src/cli/environment.ts';
import { exitCodeFor, renderError } from '../../../src/cli/errors-view.ts';
import { FlashsimError } from '../../../src/core/errors.ts';

const quiet = { verbose: false };
const plain = { colour: false };

const error = new FlashsimError('SCENARIO_INVALID', {
  what: 'sale.yaml has a mistake.',
  why: 'It was not checked before.',
  fix: 'Correct it.',
  location: { file: 'sale.yaml', line: 1, column: 2 },
  problems: [
    {
      location: { file: 'sale.yaml', line: 5, column: 23 },
      path: 'sale.products[0].stok',
      what: 'unknown key "stok"',
      fix: 'did you mean "stock"?',
    },
    { what: '--set x=1: unknown key "x"', fix: 'remove it' },
  ],
});

describe('an error', () => {
  it('says what, where, why and what to do', () => {
    expect(renderError(error, plain, quiet)).toBe(`error[SCENARIO_INVALID]: sale.yaml has a mistake.
  at:  sale.yaml:1:2
  why: It was not checked before.

  sale.yaml:5:23  sale.products[0].stok
    unknown key "stok"
    fix: did you mean "stock"?

    --set x=1: unknown key "x"
    fix: remove it

  fix: Correct it.
`);
  });

  it('is coloured only where the stream takes colour', () => {
    const escape = String.fromCharCode(27);
    expect(renderError(error, plain, quiet)).not.toContain(escape);
    expect(renderError(error, { colour: true }, quiet)).toContain(`${escape}[`);
  });

  it('that nobody foresaw is a bug: exit 1, a stack trace only with --verbose', () => {
    const bug = new TypeError('x is not a function');
    expect(exitCodeFor(bug)).toBe(1);
    const view = renderError(bug, plain, quiet);
    expect(view).toContain('error[INTERNAL]: this is a bug in flashsim: x is not a function');
    expect(view).toContain('Please report it');
    expect(view).not.toContain('errors-view.test');
    expect(renderError(bug, plain, { verbose: true })).toContain('errors-view.test');
  });

  it('that is no Error at all is shown too', () => {
    expect(renderError('oops', plain, { verbose: true })).toContain('oops');
  });
});

describe('colour', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('with %j on a terminal (%s) is %s', (env, isTTY, expected) => {
    expect(wantsColour(env, isTTY)).toBe(expected);
  });
});
