import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import type { Evidence } from '../../../src/audit/evidence.ts';
import type { evidenceTiers, Invariant } from '../../../src/audit/invariant.ts';
import { type InvariantName, invariantNames, invariants } from '../../../src/audit/registry.ts';
import { defined } from '../../../src/core/assert.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import { AttemptStore } from '../../../src/history/store.ts';
import { cleanSale } from '../../helpers/history-builder.ts';

const ok = { outcome: 'ok', code: 'ok', status: 200 } as const;
const keyReuse = { outcome: 'fail', code: 'key-reuse', status: 422 } as const;

/** A sale with which nothing is wrong, in which every invariant has something to look at. */
function everything() {
  return cleanSale()
    .promising({
      opensAtMs: 0,
      maximumSessions: 1,
      onExceed: 'deny',
      rejectsKeyReuse: true,
      rateLimit: { algorithm: 'sliding-log', key: 'user', limit: 9, windowMs: 10 },
    })
    .attempt({ intent: -1, user: 0, operation: 'login', ...ok })
    .status(0, 'confirmed')
    .status(0, 'confirmed')
    .attempt({ intent: 0, quantity: 2, attempt: 0, sentNs: 90 * nsPerMs, ...keyReuse })
    .withLedger();
}

type Tier = (typeof evidenceTiers)[number];

/** The same with the evidence of a tier taken away. No invariant rests on look-ups first. */
const without: Readonly<Partial<Record<Tier, () => Evidence>>> = {
  responses: () => everything().evidence({ attempts: new AttemptStore() }),
  snapshot: () => everything().evidence({ withoutTruth: true }),
  ledger: () => {
    const evidence = everything().evidence();
    const truth = { ...defined(evidence.truth, 'snapshot'), ledger: [] };
    return { ...evidence, truth, ledgerNote: 'it is gone' };
  },
};

const verdictsOf = (evidence: Evidence): Partial<Record<InvariantName, string>> =>
  Object.fromEntries(
    Object.entries(auditRun(evidence).invariants).map(([name, { verdict }]) => [name, verdict]),
  );

describe('the evidence that an invariant declares', () => {
  const whole = verdictsOf(everything().evidence());

  it('is enough for all of them to pass', () => {
    expect(whole).toEqual(Object.fromEntries(invariantNames.map((name) => [name, 'pass'])));
  });

  it.each(invariantNames)('is missed by %s: without the first of it there is no pass', (name) => {
    const { needs }: Invariant = invariants[name];
    const evidence = needs[0] && without[needs[0]];
    const { invariants: judged, notJudged } = auditRun(defined(evidence, needs.join())());
    const leftOut = notJudged.find((entry) => entry.name === name)?.reason;
    expect(judged[name]?.verdict ?? leftOut).not.toBe('pass');
    expect(judged[name]?.reason ?? leftOut).toBeTruthy();
  });

  it('decides without a snapshot only what answers can prove', () => {
    const decided = Object.entries(verdictsOf(everything().evidence({ withoutTruth: true })))
      .filter(([, verdict]) => verdict === 'pass')
      .map(([name]) => name);
    expect(decided).toEqual([
      'oversell',
      'undersell',
      'falseSoldOut',
      'keyReuse',
      'userLimit',
      'saleWindow',
      'orderStatus',
      'deviceLimit',
      'overAdmission',
      'underAdmission',
      'fairness',
      'nonVacuity',
    ]);
  });

  it('convicts of nothing by what a snapshot in motion lacks', () => {
    const {
      problems,
      verdict,
      invariants: judged,
    } = auditRun(cleanSale().acknowledged(0, { attempt: 2 }).evidence({ quiesced: false }));
    expect({ problems, verdict }).toEqual({ problems: [], verdict: 'unknown' });
    for (const { verdict: one } of Object.values(judged)) expect(one).not.toBe('violated');
  });
});
