import { describe, expect, it } from 'vitest';
import { reporters } from '../../../src/reporters/registry.ts';
import { violated } from './result-fixture.ts';

describe('reporters', () => {
  it.each(Object.entries(reporters))(
    '%s is listed under its own name, says what it is for, and ends its text with a newline',
    (name, reporter) => {
      expect(reporter.name).toBe(name);
      expect(reporter.describe).not.toBe('');
      expect(reporter.render(violated, { colour: false, columns: 80 })).toMatch(/[^\n]\n$/);
    },
  );
});
