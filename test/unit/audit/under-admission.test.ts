import { describe, expect, it } from 'vitest';
import { nsPerMs } from '../../../src/core/clock.ts';
import { describeCases, type InvariantCase, resultOf } from '../../helpers/invariant-cases.ts';
import {
  bucket,
  fixed,
  history,
  limited,
  lost,
  ok,
  others,
  refused,
  twice,
} from '../../helpers/limited-history.ts';

const cases: readonly Omit<InvariantCase, 'name'>[] = [
  {
    title: 'a refusal without a request before it',
    evidence: () => history([[0, 5, limited]]),
    verdict: 'violated',
    value: 1,
    first:
      /^u0 was limited 5\.0 ms after the opening, when at most 0 of 2 in 100 ms can have been used$/,
  },
  {
    title: 'a refusal of the third',
    evidence: () => history([...twice, [20, 25, limited]]),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a refusal after the window',
    evidence: () => history([...twice, [107, 110, limited]]),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a refusal just after the window, by clocks of whole milliseconds',
    evidence: () => history([...twice, [106, 110, limited]]),
    verdict: 'pass',
  },
  {
    title: 'a refusal after the window, by clocks that may differ',
    evidence: () => history([...twice, [107, 110, limited]], { clockToleranceMs: 1 }),
    verdict: 'pass',
  },
  {
    title: 'a refusal that a request sent later explains',
    evidence: () =>
      history([
        [0, 5, ok],
        [10, 40, limited],
        [39, 45, ok],
      ]),
    verdict: 'pass',
  },
  {
    title: 'a refusal that a request sent too late does not explain',
    evidence: () =>
      history([
        [0, 5, ok],
        [10, 40, limited],
        [41, 45, ok],
      ]),
    verdict: 'violated',
  },
  {
    title: 'a refusal after one that timed out',
    evidence: () =>
      history([
        [0, 5, ok],
        [10, 15, lost],
        [50, 55, limited],
      ]),
    verdict: 'pass',
  },
  {
    title: 'a refusal long after one that timed out, which may be served late',
    evidence: () =>
      history([
        [0, 5, lost],
        [10, 15, lost],
        [5_000, 5_005, limited],
      ]),
    verdict: 'pass',
  },
  {
    title: 'a refusal after one that something behind the limiter may have refused',
    evidence: () =>
      history([
        [0, 5, ok],
        [10, 15, refused('overloaded', 503)],
        [50, 55, limited],
      ]),
    verdict: 'pass',
  },
  {
    title: 'a refusal after refusals, which take nothing',
    evidence: () =>
      history([
        [0, 5, ok],
        [10, 15, limited],
        [20, 25, limited],
      ]),
    verdict: 'violated',
    value: 2,
  },
  {
    title: 'a refusal of a login, which does not count',
    evidence: () => history([[0, 5, { ...limited, operation: 'login' }]]),
    verdict: 'pass',
  },
  {
    title: 'a full bucket that refused',
    evidence: () =>
      history(
        [
          [0, 5, ok],
          [200, 205, limited],
        ],
        bucket,
      ),
    verdict: 'violated',
    first: /at most 0 of 2/,
  },
  {
    title: 'an empty bucket that refused',
    evidence: () => history([...twice, [50, 52, limited]], bucket),
    verdict: 'pass',
  },
  {
    title: 'a bucket that must have had a token again',
    evidence: () => history([...twice, [66, 68, limited]], bucket),
    verdict: 'violated',
  },
  {
    title: 'a fixed window that had just begun',
    evidence: () => history([...twice, [102, 104, limited]], fixed),
    verdict: 'violated',
  },
  {
    title: 'a fixed window that may not have begun',
    evidence: () => history([...twice, [100, 104, limited]], fixed),
    verdict: 'pass',
  },
  {
    title: 'windows of a clock that nobody knows',
    evidence: () => history([...twice, [102, 104, limited]], { ...fixed, evidence: others }),
    verdict: 'pass',
  },
  {
    title: 'a limiter that may remember an earlier run',
    evidence: () => history([[0, 5, limited]], { evidence: others }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /remembered requests from before the run/,
  },
  {
    title: 'a bucket that may remember an earlier run',
    evidence: () =>
      history(
        [
          [0, 5, ok],
          [95, 97, limited],
        ],
        { ...bucket, evidence: others },
      ),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
  },
  {
    title: 'a bucket that has refilled whatever it remembers',
    evidence: () =>
      history(
        [
          [0, 5, ok],
          [105, 107, limited],
        ],
        { ...bucket, evidence: others },
      ),
    verdict: 'violated',
  },
  {
    title: 'a limiter that has forgotten any earlier run',
    evidence: () =>
      history(
        [
          [0, 5, ok],
          [150, 155, limited],
        ],
        { evidence: others },
      ),
    verdict: 'violated',
    lo: 1,
    hi: 1,
  },
  {
    title: 'a limit that strangers share',
    evidence: () =>
      history(
        [
          [0, 5, ok],
          [150, 155, limited],
        ],
        { key: 'global', evidence: others },
      ),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /requests of others/,
  },
  {
    title: 'a refusal in a run that was interrupted',
    evidence: () => history([[0, 5, limited]], { evidence: { interrupted: true } }),
    verdict: 'unknown',
    hi: 1,
    reason: /interrupted/,
  },
  {
    title: 'a limit of nothing',
    evidence: () => history([[0, 5, limited]], { limit: 0 }),
    verdict: 'pass',
  },
];

describeCases(
  'under-admission',
  cases.map((each) => ({ ...each, name: 'underAdmission' })),
);

describe('witnesses of a refusal', () => {
  it('point at the refusal after what can have been used', () => {
    const evidence = history([
      [0, 5, ok],
      [10, 15, limited],
      [20, 25, limited],
    ]);
    const { witnesses } = resultOf(evidence, 'underAdmission');
    expect(witnesses.last?.attempts).toEqual([0, 2]);
    expect(witnesses.last?.atNs).toBe(25 * nsPerMs);
  });
});
