import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../helpers/cli.ts';
import { compare, judge } from './play.ts';
import { zoo } from './registry.ts';

/** Every server of the zoo, played once by the real CLI. `npm run zoo` plays many seeds. */

const bin = join(root, 'bin', 'flashsim.js');

describe('flashsim tells the servers of the zoo apart', () => {
  const cases = zoo.map((specimen) => {
    const { name, expected } = specimen;
    const verdict = expected.verdict === 'pass' ? 'passes' : `is caught by ${expected.by}`;
    return [`${name} ${verdict}`, specimen] as const;
  });

  it.concurrent.each(cases)('%s', async (_title, specimen) => {
    const judged = await judge(specimen, 1, bin);
    expect(compare(specimen, judged)).toEqual({ shortfall: undefined, falseConvictions: [] });
  });
});
