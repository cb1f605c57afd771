import { describe, expect, it } from 'vitest';
import { jsonReporter } from '../../../src/reporters/json.ts';
import { resultSchema } from '../../../src/results/result-schema.ts';
import { passing, undecided, violated } from './result-fixture.ts';

const options = { colour: false, columns: 80 };

describe('jsonReporter', () => {
  it('looks as in its golden', async () => {
    await expect(jsonReporter.render(violated, options)).toMatchFileSnapshot(
      '../../golden/json-violated.golden',
    );
  });

  it.each([
    { name: 'pass', result: passing },
    { name: 'violated', result: violated },
    { name: 'unknown', result: undecided },
  ])('gives back the same result, valid by the schema: $name', ({ result }) => {
    const read: unknown = JSON.parse(jsonReporter.render(result, options));
    expect(read).toEqual(result);
    expect(resultSchema.parse(read)).toEqual(result);
  });

  it('does not depend on the order in which a result was put together', () => {
    const reversed = Object.fromEntries(Object.entries(passing).toReversed()) as typeof passing;
    expect(jsonReporter.render(reversed, options)).toBe(jsonReporter.render(passing, options));
  });

  it('escapes what a terminal would obey, and keeps the value', () => {
    const hostile = '\u001b[2J\u009b31m\u202e\u007f\u2028"\\';
    const text = jsonReporter.render({ ...passing, incidents: [hostile] }, options);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
    // eslint-disable-next-line no-control-regex -- finding them is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(JSON.parse(text)).toHaveProperty('incidents', [hostile]);
  });
});
