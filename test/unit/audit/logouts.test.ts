import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { describeCases, type InvariantCase, resultOf } from '../../helpers/invariant-cases.ts';
import {
  away,
  everywhere,
  everywhereLost,
  history,
  login,
  logout,
  order,
  others,
  page,
  type Row,
  turnedAway,
  two,
} from '../../helpers/session-history.ts';

/** No cap, and the promise that logouts end sessions. */
const uncapped = { isUncapped: true, endsOnLogout: true } as const;
const leaves: readonly Row[] = [...two, [20, 25, 1, everywhere]];

const cases: readonly Omit<InvariantCase, 'name'>[] = [
  {
    title: 'a device that is served although another of the person logged out everywhere',
    evidence: () => history([...leaves, [30, 35, 0, order]]),
    verdict: 'violated',
    value: 1,
    first:
      /^u0-d0 was answered ok to its order sent 30\.0 ms .*, 5\.0 ms after its session had ended$/,
  },
  {
    title: 'all devices served after a logout everywhere',
    evidence: () => history([...leaves, [30, 35, 0, order], [31, 36, 1, page]]),
    verdict: 'violated',
    value: 2,
  },
  {
    title: 'another device on a server of others that may say yes to anybody who logs out',
    evidence: () => history([...leaves, [30, 35, 0, order]], others),
    verdict: 'pass',
  },
  {
    title: 'the device itself on a server of others',
    evidence: () => history([...leaves, [30, 35, 1, order]], others),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a device that is served while all are being logged out',
    evidence: () => history([...leaves, [24, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that is served within the grace after a logout everywhere',
    evidence: () => history([...leaves, [28, 35, 0, order]], { graceMs: 3 }),
    verdict: 'pass',
  },
  {
    title: 'all devices turned away after a logout everywhere',
    evidence: () => history([...leaves, [30, 35, 0, away], [31, 36, 1, away]]),
    verdict: 'pass',
  },
  {
    title: 'a device that logged in again after the logout everywhere',
    evidence: () => history([...leaves, [30, 35, 0, login], [40, 45, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device turned away that logged in again after the logout everywhere, once out',
    evidence: () => history([...leaves, [30, 35, 2, login], [40, 45, 2, away]]),
    verdict: 'violated',
    value: 1,
    first: /though nothing had ended its session$/,
  },
  {
    title: 'a device turned away that logged in while all were being logged out',
    evidence: () => history([...leaves, [22, 28, 2, login], [40, 45, 2, away]]),
    verdict: 'pass',
  },
  {
    title: 'a device turned away after a logout everywhere that may have come through',
    evidence: () => history([...two, [20, 25, 1, everywhereLost], [30, 35, 0, away]]),
    verdict: 'pass',
  },
  {
    title: 'a device served after a logout everywhere that may not have come through',
    evidence: () => history([...two, [20, 25, 1, everywhereLost], [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that stays because a logout everywhere may have made room for another',
    evidence: () =>
      history([
        [0, 5, 1, login],
        [4, 9, 2, everywhere],
        [6, 8, 0, login],
        [10, 15, 2, login],
        [10, 15, 3, login],
        [16, 17, 2, everywhereLost],
        [20, 25, 0, order],
      ]),
    verdict: 'pass',
  },
  {
    title: 'a logged-out device without any cap',
    evidence: () => history([...two, [20, 25, 1, logout], [30, 35, 1, order]], uncapped),
    verdict: 'violated',
    value: 1,
    reason: /^1 request honoured on ended sessions, up to 5\.0 ms later$/,
  },
  {
    title: 'a logged-out device without any cap that is turned away',
    evidence: () => history([...two, [20, 25, 1, logout], [30, 35, 1, away]], uncapped),
    verdict: 'pass',
  },
  {
    title: 'a session that ends without reason where no cap is promised',
    evidence: () => history([...two, [20, 25, 1, logout], [30, 35, 0, away]], uncapped),
    verdict: 'pass',
  },
  {
    title: 'a logout twice',
    evidence: () =>
      history(
        [
          ...two,
          [20, 25, 1, logout],
          [30, 35, 1, { operation: 'logout', ...turnedAway }],
          [40, 45, 1, logout],
        ],
        uncapped,
      ),
    verdict: 'pass',
  },
];

describeCases(
  'a logout',
  cases.map((each) => ({ ...each, name: 'deviceLimit' })),
);

describe('a logout without any cap', () => {
  it.each([
    ['nobody logs out', [...two], uncapped],
    [
      'none is promised to end a session',
      [...two, [20, 25, 1, logout], [30, 35, 1, order]],
      { isUncapped: true },
    ],
  ] as const)('is not judged where %s', (_why, rows, given) => {
    const { notJudged } = auditRun(history(rows, given));
    expect(notJudged.find(({ name }) => name === 'deviceLimit')?.reason).toMatch(/no cap/);
  });

  it('points at the logout and at what was honoured after it', () => {
    const evidence = history([...two, [20, 25, 1, everywhere], [30, 35, 0, order]], uncapped);
    const { witnesses } = resultOf(evidence, 'deviceLimit');
    expect(witnesses.first).toMatchObject({ attempts: [2, 3], userId: 'u0' });
  });
});
