import { describe, expect, it } from 'vitest';
import { buildIndex } from '../../../src/audit/evidence-index.ts';
import type { InvariantResult } from '../../../src/audit/invariant.ts';
import { deviceLimit } from '../../../src/audit/invariants/device-limit.ts';
import { rngFor } from '../../../src/core/rng.ts';
import type { TruthSessions } from '../../../src/history/truth.ts';
import { HistoryBuilder } from '../../helpers/history-builder.ts';
import { playSessions, type SessionRules } from '../../helpers/session-server.ts';
import { testScale } from '../../helpers/test-scale.ts';

/** For machines that do other things as well. */
const timeoutMs = 120_000;
const usersPerRun = 8;
const faultRuns = 50 * testScale;
/** Times eight people: 6,400 histories; 38,400 with a scale of 6. */
const runs = 800 * testScale;

interface Play {
  readonly seed: number;
  readonly rules: SessionRules;
  readonly exclusive: boolean;
  readonly truth: 'settled' | 'unsettled' | 'without-sessions' | 'absent';
  readonly lostShare: number;
  readonly leftovers?: number;
  readonly warmUp?: boolean;
  readonly everywhere?: boolean;
}

function play({ seed, rules, exclusive, truth, ...traffic }: Play): InvariantResult {
  const builder = new HistoryBuilder({});
  const stored: TruthSessions[] = [];
  for (let user = 0; user < usersPerRun; user += 1) {
    const rng = rngFor(seed, 'sessions', user);
    stored.push(
      playSessions(builder, rng, user, rules, { leftovers: 0, warmUp: false, ...traffic }),
    );
  }
  if (seed % 2 === 0) builder.attempts.sort((a, b) => a.sentNs - b.sentNs);
  const { maximumSessions, onExceed, graceMs } = rules;
  const contract = { products: builder.products, maximumSessions, onExceed, graceMs };
  const evidence = builder.evidence({ contract, exclusive, quiesced: truth !== 'unsettled' });
  const sessions = {
    created: 0,
    alive: stored.reduce((sum, { alive }) => sum + alive, 0),
    evicted: 0,
    aliveMaxPerUser: Math.max(...stored.map(({ aliveMaxPerUser }) => aliveMaxPerUser)),
  };
  const snapshot =
    evidence.truth && truth !== 'without-sessions'
      ? { ...evidence.truth, sessions }
      : evidence.truth;
  const whole = { ...evidence, truth: truth === 'absent' ? undefined : snapshot };
  return deviceLimit.judge(whole, buildIndex(whole));
}

function rulesOf(seed: number): SessionRules {
  const rng = rngFor(seed, 'rules');
  return {
    maximumSessions: 1 + Math.floor(rng.next() * 3),
    onExceed: rng.next() < 0.7 ? 'terminate-oldest' : 'deny',
    age: rng.next() < 0.6 ? 'login' : 'last-use',
    replaces: rng.next() < 0.7,
    graceMs: rng.next() < 0.7 ? 0 : 7,
    careless: false,
  };
}

const truths = ['settled', 'unsettled', 'without-sessions', 'absent'] as const;

describe('the session checker', { timeout: timeoutMs }, () => {
  it('accuses no right server, whatever answers were lost', () => {
    const seen = { pass: 0, unknown: 0, violated: 0 };
    for (let seed = 0; seed < runs; seed += 1) {
      const rng = rngFor(seed, 'view');
      const exclusive = rng.next() < 0.5;
      const result = play({
        seed,
        // On a server of our own nobody keeps two sessions for one device.
        rules: { ...rulesOf(seed), careless: !exclusive, ...(exclusive ? { replaces: true } : {}) },
        exclusive,
        truth: truths[seed % 4] ?? 'absent',
        lostShare: seed % 3 === 0 ? 0.1 : 0,
        leftovers: exclusive ? 0 : Math.floor(rng.next() * 3),
        everywhere: seed % 2 === 1,
      });
      expect(result.lo, `seed ${seed}: ${result.witnesses.first?.summary}`).toBe(0);
      seen[result.verdict] += 1;
      if (truths[seed % 4] === 'settled' && exclusive) expect(result.verdict).toBe('pass');
    }
    expect(seen.unknown).toBeGreaterThan(100);
    expect(seen.pass).toBeGreaterThan(100);
  });

  it.each([
    { fault: 'no-eviction', warmUp: true, percentMin: 95 },
    { fault: 'evicts-all', warmUp: true, percentMin: 75 },
    { fault: 'honours-evicted', warmUp: true, percentMin: 95 },
    { fault: 'no-eviction', warmUp: false, percentMin: 65 },
    { fault: 'evicts-all', warmUp: false, percentMin: 30 },
    { fault: 'honours-evicted', warmUp: false, percentMin: 65 },
    { fault: 'honours-logged-out', warmUp: false, percentMin: 55 },
    { fault: 'honours-logged-out', onExceed: 'deny', warmUp: false, percentMin: 45 },
    { fault: 'honours-logged-out', everywhere: true, warmUp: false, percentMin: 55 },
    { fault: 'check-then-register', onExceed: 'deny', warmUp: false, percentMin: 30 },
    { fault: 'denies-early', onExceed: 'deny', warmUp: false, percentMin: 95 },
    { fault: 'check-then-register', warmUp: false, truth: 'settled', percentMin: 12 },
    { fault: 'no-eviction', warmUp: false, truth: 'unsettled', percentMin: 95 },
    { fault: 'evicts-all', warmUp: true, truth: 'settled', percentMin: 80 },
  ] as const satisfies readonly Fault[])(
    'convicts $fault (in turn: $warmUp)',
    ({ fault, warmUp, everywhere = false, percentMin, ...given }: Fault) => {
      const { onExceed = 'terminate-oldest', truth = 'absent' } = given;
      let caught = 0;
      for (let seed = 0; seed < faultRuns; seed += 1) {
        const rules = { ...plainRules, onExceed, fault };
        const result = play({
          seed,
          rules,
          exclusive: true,
          truth,
          lostShare: 0,
          warmUp,
          everywhere,
        });
        if (result.verdict === 'violated') caught += 1;
        if (result.lo > 0) expect(result.witnesses.first).not.toBeNull();
      }
      expect((100 * caught) / faultRuns).toBeGreaterThanOrEqual(percentMin);
    },
  );
});

const plainRules = {
  maximumSessions: 2,
  age: 'login',
  replaces: true,
  graceMs: 0,
  careless: false,
} as const;

interface Fault {
  readonly fault: NonNullable<SessionRules['fault']>;
  readonly warmUp: boolean;
  readonly everywhere?: boolean;
  readonly onExceed?: SessionRules['onExceed'];
  readonly truth?: Play['truth'];
  /** Of 100 histories of eight people each. */
  readonly percentMin: number;
}
