import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, resultOf } from '../../helpers/invariant-cases.ts';
import {
  away,
  denied,
  history,
  login,
  loginLost,
  logout,
  logoutLost,
  order,
  others,
  page,
  soldOut,
  status,
  three,
  turnedAway,
  two,
} from '../../helpers/session-history.ts';

const cases: readonly Omit<InvariantCase, 'name'>[] = [
  {
    title: 'an evicted device that is served',
    evidence: () => history([...three, [30, 35, 0, order]]),
    verdict: 'violated',
    value: 1,
    reason: /^1 request honoured on ended sessions, up to 5\.0 ms later$/,
    first:
      /^u0-d0 was answered ok to its order sent 30\.0 ms after .*, 5\.0 ms after its session had ended$/,
  },
  {
    title: 'an evicted device that is served while its session may be ending',
    evidence: () => history([...three, [25, 35, 0, order]]),
    verdict: 'pass',
    value: 0,
  },
  {
    title: 'an evicted device that is served within the grace',
    evidence: () => history([...three, [29, 35, 0, order]], { graceMs: 3 }),
    verdict: 'pass',
  },
  {
    title: 'an evicted device that is served after the grace',
    evidence: () => history([...three, [30, 35, 0, order]], { graceMs: 3 }),
    verdict: 'violated',
  },
  {
    title: 'an evicted device that goes on being served',
    evidence: () => history([...three, [30, 35, 0, order], [90, 95, 0, page], [96, 97, 0, status]]),
    verdict: 'violated',
    value: 3,
    reason: /3 requests honoured .* up to 71\.0 ms later/,
  },
  {
    title: 'an evicted device that is told sold-out, perhaps before anybody looked',
    evidence: () => history([...three, [30, 35, 0, { operation: 'order', ...soldOut }]]),
    verdict: 'pass',
  },
  {
    title: 'an evicted device that looks its refused order up',
    evidence: () =>
      history([...three, [30, 35, 0, { ...soldOut, operation: 'status', status: 200 }]]),
    verdict: 'violated',
  },
  {
    title: 'the device that was not the oldest',
    evidence: () => history([...three, [30, 35, 1, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that was used after the others had logged in, on a server that ends the idle',
    evidence: () => history([...two, [16, 17, 0, order], [20, 25, 2, login], [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device whose end overlaps another login',
    evidence: () => history([[0, 12, 0, login], ...three.slice(1), [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'an evicted device that has logged in again',
    evidence: () => history([...three, [30, 35, 0, login], [40, 45, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that stays because another has left',
    evidence: () => history([...two, [16, 17, 1, logout], [20, 25, 2, login], [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that may stay because another may have left',
    evidence: () =>
      history([...two, [16, 17, 1, logoutLost], [20, 25, 2, login], [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that stays because another only logged in again',
    evidence: () => history([...two, [20, 25, 1, login], [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a login that may not have come through',
    evidence: () => history([...two, [20, 25, 2, loginLost], [30, 35, 0, order]]),
    verdict: 'pass',
  },
  {
    title: 'a device that logged out and is served',
    evidence: () => history([...two, [20, 25, 1, logout], [30, 35, 1, order]]),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a device that logged out, of two logins, nobody knows which',
    evidence: () => history([...two, [16, 17, 1, login], [20, 25, 1, logout], [30, 35, 1, order]]),
    verdict: 'pass',
  },
  {
    title: 'pages, look-ups and logouts of an evicted device on a server of others',
    evidence: () =>
      history([...three, [30, 31, 0, page], [32, 33, 0, status], [34, 35, 0, logout]], others),
    verdict: 'pass',
  },
  {
    title: 'a look-up of an evicted device on a server that turns away others from it',
    evidence: () =>
      history(
        [...three, [30, 31, 0, status], [40, 41, 0, { operation: 'status', ...turnedAway }]],
        others,
      ),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'an order of an evicted device on a server of others',
    evidence: () => history([...three, [30, 31, 0, order]], others),
    verdict: 'violated',
  },
  {
    title: 'more devices than may be, served by turns',
    evidence: () =>
      history([
        [0, 5, 0, login],
        [1, 6, 1, login],
        [2, 7, 2, login],
        [30, 35, 0, order],
        [30, 35, 1, order],
        [30, 35, 2, order],
      ]),
    verdict: 'violated',
    value: 1,
    reason: /1 session beyond the cap/,
    first: /^u0 had 3 devices logged in 7\.0 ms after the opening; at most 2 may be$/,
  },
  {
    title: 'more logins than may be, of which one was turned away',
    evidence: () =>
      history([
        [0, 5, 0, login],
        [1, 6, 1, login],
        [2, 7, 2, login],
        [30, 35, 0, order],
        [30, 35, 1, away],
        [30, 35, 2, order],
      ]),
    verdict: 'pass',
  },
  {
    title: 'more logins than may be under deny',
    evidence: () => history(three, { onExceed: 'deny' }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a login under deny after a logout',
    evidence: () =>
      history([...two, [16, 17, 1, logout], [20, 25, 2, login]], { onExceed: 'deny' }),
    verdict: 'pass',
  },
  {
    title: 'a third login that is denied',
    evidence: () => history([...two, [20, 25, 2, denied]], { onExceed: 'deny' }),
    verdict: 'pass',
  },
  {
    title: 'a second login that is denied',
    evidence: () =>
      history(
        [
          [0, 5, 0, login],
          [10, 15, 1, denied],
        ],
        { onExceed: 'deny' },
      ),
    verdict: 'violated',
    value: 1,
    first: /^u0-d1 was refused a login sent 10\.0 ms after the opening, though a place was free$/,
  },
  {
    title: 'a second login that is denied, perhaps for sessions from before the run',
    evidence: () =>
      history(
        [
          [0, 5, 0, login],
          [10, 15, 1, denied],
        ],
        { onExceed: 'deny', ...others },
      ),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /from before the run/,
  },
  {
    title: 'a device turned away whose session may have run out',
    evidence: () => history([...two, [20, 25, 0, away]], { sessionLifeMs: 26 }),
    verdict: 'pass',
  },
  {
    title: 'a device turned away before its session can have run out',
    evidence: () => history([...two, [20, 25, 0, away]], { sessionLifeMs: 27 }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'sessions missing from the store that may have run out',
    evidence: () => history(two, { sessionLifeMs: 100, sessions: { alive: 0 } }),
    verdict: 'pass',
  },
  {
    title: 'a device turned away without reason',
    evidence: () => history([...two, [20, 25, 0, away]]),
    verdict: 'violated',
    value: 1,
    first:
      /^u0-d0, logged in 5\.0 ms after .*, was answered unauthorized .* though nothing had ended/,
  },
  {
    title: 'the youngest but one turned away',
    evidence: () => history([...three, [30, 35, 0, away], [30, 35, 1, away]]),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a device turned away after others may have logged in',
    evidence: () => history([...two, [20, 25, 2, loginLost], [30, 35, 0, away]]),
    verdict: 'pass',
  },
  {
    title: 'a device turned away while others log in',
    evidence: () => history([...two, [30, 35, 0, away], [32, 40, 2, login]]),
    verdict: 'pass',
  },
  {
    title: 'a device turned away that logged out, or may have',
    evidence: () => history([...two, [16, 17, 0, logoutLost], [20, 25, 0, away]]),
    verdict: 'pass',
  },
  {
    title: 'a device turned away with a token that a later login may have replaced',
    evidence: () => history([...two.slice(0, 1), [10, 15, 0, login], [20, 25, 0, away]]),
    verdict: 'pass',
  },
  {
    title: 'a device that is forbidden something',
    evidence: () => history([...two, [20, 25, 0, { ...away, status: 403 }]]),
    verdict: 'pass',
  },
  {
    title: 'a store that holds more sessions of one user than may be',
    evidence: () => history(two, { sessions: { aliveMaxPerUser: 5 } }),
    verdict: 'violated',
    value: 3,
    first: /^the store holds 5 live sessions of one user; at most 2 may be$/,
  },
  {
    title: 'a restless store that holds too many, in a run that was interrupted',
    evidence: () =>
      history(two, {
        sessions: { aliveMaxPerUser: 3 },
        evidence: { quiesced: false, interrupted: true },
      }),
    verdict: 'violated',
    value: 1,
  },
  {
    title: 'a store that lacks sessions',
    evidence: () => history(three, { sessions: { alive: 1 } }),
    verdict: 'violated',
    value: 1,
    first: /^the store holds 1 live session; the logins that were answered ok leave at least 2$/,
  },
  {
    title: 'a restless store that lacks sessions',
    evidence: () => history(two, { sessions: { alive: 1 }, evidence: { quiesced: false } }),
    verdict: 'pass',
  },
  {
    title: 'a store of others that lacks sessions',
    evidence: () => history(two, { sessions: { alive: 1 }, ...others }),
    verdict: 'pass',
  },
  {
    title: 'three logins and no word of sessions in the store',
    evidence: () => history(three, { sessions: undefined }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /^1 session may be beyond the cap: the snapshot holds no sessions$/,
  },
  {
    title: 'three logins without a snapshot',
    evidence: () => history(three, { evidence: { truth: undefined } }),
    verdict: 'unknown',
    reason: /no snapshot/,
  },
  {
    title: 'three logins without a snapshot, of whom one was turned away',
    evidence: () => history([...three, [30, 35, 0, away]], { evidence: { truth: undefined } }),
    verdict: 'pass',
  },
  {
    title: 'two logins without a snapshot',
    evidence: () => history(two, { evidence: { truth: undefined } }),
    verdict: 'pass',
  },
  {
    title: 'an evicted device that is served in a run that was interrupted',
    evidence: () => history([...three, [30, 35, 0, order]], { evidence: { interrupted: true } }),
    verdict: 'unknown',
    lo: 0,
    hi: 1,
    reason: /logins may be missing/,
  },
];

describeCases(
  'the device limit',
  cases.map((each) => ({ ...each, name: 'deviceLimit' })),
);

describe('the device limit', () => {
  it('is left out when none is promised', () => {
    const { notJudged } = auditRun(new HistoryBuilder({}).sold(0).evidence());
    expect(notJudged.find(({ name }) => name === 'deviceLimit')?.reason).toMatch(/no cap/);
  });

  it('points at what ended the session and at what was honoured', () => {
    const { witnesses } = resultOf(history([...three, [30, 35, 0, order]]), 'deviceLimit');
    expect(witnesses.first).toMatchObject({ attempts: [2, 3], userId: 'u0' });
  });

  it('points at the logins of a cap that was broken', () => {
    const { witnesses } = resultOf(history(three, { onExceed: 'deny' }), 'deviceLimit');
    expect(witnesses.first).toMatchObject({ attempts: [0, 1, 2], userId: 'u0' });
  });
});
