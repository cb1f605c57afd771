import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, resultOf } from '../../helpers/invariant-cases.ts';
import {
  bucket,
  fixed,
  type Given,
  history,
  limited,
  lost,
  ok,
  others,
  type Row,
  refused,
  thrice,
  twice,
} from '../../helpers/limited-history.ts';

const cases: readonly Omit<InvariantCase, 'name'>[] = [
  {
    title: 'three requests at once where two are allowed',
    evidence: () => history(thrice),
    verdict: 'violated',
    value: 1,
    reason:
      /^1 request of 1 user beyond 2 in 100 ms \(sliding-log\); burst factor 1\.50, 3 requests/,
    first:
      /^u0: 3 requests admitted within 25\.0 ms, the last 25\.0 ms after .*; at most 2 may be$/,
  },
  {
    title: 'as many as are allowed',
    evidence: () => history(twice),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'three requests of which one may have been decided on later',
    evidence: () => history([...twice, [20, 99, ok]]),
    verdict: 'pass',
  },
  {
    title: 'three requests that all were decided on just in time',
    evidence: () => history([...twice, [20, 98, ok]]),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'three requests on clocks that may differ by 1 ms',
    evidence: () => history([...twice, [20, 98, ok]], { clockToleranceMs: 1 }),
    verdict: 'pass',
  },
  {
    title: 'a third request by another person',
    evidence: () => history([...twice, [20, 25, { ...ok, user: 1, intent: 1 }]]),
    verdict: 'pass',
  },
  {
    title: 'a third request by another person under a limit for all',
    evidence: () => history([...twice, [20, 25, { ...ok, user: 1 }]], { key: 'global' }),
    verdict: 'violated',
    first: /^all together: 3 requests/,
  },
  {
    title: 'a third request by another device',
    evidence: () => history([...twice, [20, 25, { ...ok, device: 1 }]], { key: 'device' }),
    verdict: 'pass',
  },
  {
    title: 'three requests of one device',
    evidence: () => history(thrice, { key: 'device' }),
    verdict: 'violated',
    first: /^u0-d0: /,
  },
  ...['sold-out', 'limit-per-user', 'not-open', 'closed', 'key-reuse', 'not-found'].map((code) => ({
    title: `a third request that was told ${code}`,
    evidence: () => history([...twice, [20, 25, refused(code)]]),
    verdict: 'violated' as const,
    value: 1,
  })),
  ...['limited', 'unauthorized', 'bad-request', 'overloaded', 'captcha-please'].map((code) => ({
    title: `a third request that was told ${code}`,
    evidence: () => history([...twice, [20, 25, refused(code, 400)]]),
    verdict: 'pass' as const,
    value: 0,
  })),
  {
    title: 'a third request that was told something with status 429',
    evidence: () => history([...twice, [20, 25, refused('not-open', 429)]]),
    verdict: 'pass',
  },
  {
    title: 'a third request that was accepted and not decided',
    evidence: () =>
      history([...twice, [20, 25, { outcome: 'info', code: 'pending', status: 202 }]]),
    verdict: 'violated',
  },
  {
    title: 'a third request that timed out',
    evidence: () => history([...twice, [20, 25, lost]]),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'a third request that never left',
    evidence: () =>
      history([...twice, [20, 25, { outcome: 'fail', code: 'connect-failed', status: 0 }]]),
    verdict: 'pass',
  },
  {
    title: 'pages and orders together',
    evidence: () => history([...twice, [20, 25, { ...ok, operation: 'page' }]]),
    verdict: 'violated',
  },
  {
    title: 'a look-up, which does not count',
    evidence: () => history([...twice, [20, 25, { ...ok, operation: 'status' }]]),
    verdict: 'pass',
  },
  {
    title: 'look-ups that count, one of an order that was decided against',
    evidence: () =>
      history(
        [0, 10, 20].map(
          (at): Row => [at, at + 5, { ...refused('limited', 200), operation: 'status' }],
        ),
        { operations: ['status'] },
      ),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a clean run that was interrupted',
    evidence: () => history(twice, { evidence: { interrupted: true } }),
    verdict: 'unknown',
  },
  {
    title: 'an excess before the interruption',
    evidence: () => history(thrice, { evidence: { interrupted: true } }),
    verdict: 'violated',
  },
  {
    title: 'a bucket that had refilled',
    evidence: () => history([...twice, [60, 65, ok]], bucket),
    verdict: 'pass',
  },
  {
    title: 'a bucket that had not',
    evidence: () => history([...twice, [40, 45, ok]], bucket),
    verdict: 'violated',
    value: 1,
    reason: /token-bucket/,
  },
  {
    title: 'GCRA, which promises the same',
    evidence: () => history([...twice, [40, 45, ok]], { algorithm: 'gcra' }),
    verdict: 'violated',
  },
  {
    title: 'a bucket whose requests may be far apart',
    evidence: () =>
      history(
        [
          [0, 5, ok],
          [10, 15, ok],
          [40, 55, ok],
        ],
        bucket,
      ),
    verdict: 'pass',
  },
  {
    title: 'the double at the edge of a fixed window',
    evidence: () =>
      history(
        [
          [80, 81, ok],
          [90, 91, ok],
          [102, 103, ok],
          [104, 105, ok],
        ],
        fixed,
      ),
    verdict: 'pass',
    reason: /burst factor 2\.00, 4 requests/,
  },
  {
    title: 'three in one fixed window',
    evidence: () =>
      history(
        [
          [102, 103, ok],
          [104, 105, ok],
          [190, 198, ok],
        ],
        fixed,
      ),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'three of which one may be in the next window',
    evidence: () =>
      history(
        [
          [102, 103, ok],
          [104, 105, ok],
          [190, 199, ok],
        ],
        fixed,
      ),
    verdict: 'pass',
  },
  {
    title: 'windows that are counted from 1970',
    evidence: () =>
      history(
        [
          [52, 53, ok],
          [54, 55, ok],
          [140, 148, ok],
        ],
        {
          ...fixed,
          evidence: { epoch: { seconds: 0, nanoseconds: 0, wallMs: 1_700_000_000_050 } },
        },
      ),
    verdict: 'violated',
  },
  {
    title: 'windows of a clock that nobody knows',
    evidence: () => history(thrice, { ...fixed, evidence: others }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /declare `clockTolerance`/,
  },
  {
    title: 'more than two windows can hold, of a clock that nobody knows',
    evidence: () =>
      history([...thrice, [30, 35, ok], [40, 45, ok]], { ...fixed, evidence: others }),
    verdict: 'violated',
    lo: 1,
    hi: 3,
  },
  {
    title: 'windows of a clock that is declared',
    evidence: () => history(thrice, { ...fixed, clockToleranceMs: 2, evidence: others }),
    verdict: 'pass',
  },
];

describeCases(
  'over-admission',
  cases.map((each) => ({ ...each, name: 'overAdmission' })),
);

describe('a rate limit is left out', () => {
  const reasons: readonly (readonly [string, Given, RegExp])[] = [
    ['by address', { key: 'address' }, /does not tell addresses apart/],
    [
      'of an algorithm that promises who knows what',
      { algorithm: 'sliding-counter' },
      /"sliding-counter"/,
    ],
    ['without a length', { windowMs: 0 }, /cannot be judged/],
    ['without a number', { limit: Number.NaN }, /cannot be judged/],
    [
      'shorter than clocks can tell',
      { windowMs: 9, clockToleranceMs: 4 },
      /shorter than what the clocks/,
    ],
  ];

  it.each(reasons)('%s', (_what, given, reason) => {
    const { notJudged } = auditRun(history(thrice, given));
    for (const name of ['overAdmission', 'underAdmission']) {
      expect(notJudged.find((each) => each.name === name)?.reason).toMatch(reason);
    }
  });

  it('that is not promised', () => {
    const { notJudged } = auditRun(new HistoryBuilder({}).sold(0).evidence());
    expect(notJudged).toContainEqual({
      name: 'overAdmission',
      reason: 'no rate limit is promised',
    });
  });
});

describe('witnesses of a limit', () => {
  it('point at the requests of the fullest stretch', () => {
    const evidence = history([[0, 1, limited], ...thrice, [500, 501, ok]]);
    const { witnesses } = resultOf(evidence, 'overAdmission');
    expect(witnesses).toMatchObject({ count: 1, first: { attempts: [1, 2, 3], userId: 'u0' } });
  });

  it('point at the requests of a stretch of a bucket', () => {
    const evidence = history(
      [
        [0, 1, ok],
        [300, 301, ok],
        [302, 303, ok],
        [304, 305, ok],
      ],
      bucket,
    );
    const { witnesses } = resultOf(evidence, 'overAdmission');
    expect(witnesses.first?.attempts).toEqual([1, 2, 3]);
  });

  it('are found in histories that are not in order', () => {
    const evidence = history([
      [20, 25, ok],
      [0, 5, ok],
      [10, 15, ok],
    ]);
    expect(resultOf(evidence, 'overAdmission').value).toBe(1);
  });

  it('name what was left out of a full key', () => {
    const evidence = history([...twice, [20, 25, lost]]);
    expect(resultOf(evidence, 'overAdmission').reason).toBe('1 request without an answer left out');
  });
});
