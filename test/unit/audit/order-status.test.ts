import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import type { Evidence } from '../../../src/audit/evidence.ts';
import type { LookUpKind } from '../../../src/audit/look-ups.ts';
import { lookUpKinds } from '../../../src/audit/look-ups.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import {
  describeCases,
  type InvariantCase,
  ours,
  resultOf,
} from '../../helpers/invariant-cases.ts';

/** An order that was answered 202 at 10 ms; look-ups follow each other, 4 ms apart. */
function accepted(...kinds: readonly LookUpKind[]) {
  const run = new HistoryBuilder({}).accepted(0, { sentNs: 0, doneNs: 10 * nsPerMs });
  for (const kind of kinds) run.status(0, kind);
  return run;
}

const promised = (run: HistoryBuilder, completionMs: number) => run.promising({ completionMs });
/** A look-up between these milliseconds. */
const during = (fromMs: number, toMs: number) => ({
  sentNs: fromMs * nsPerMs,
  doneNs: toMs * nsPerMs,
});

function caseOf(
  title: string,
  verdict: InvariantCase['verdict'],
  run: () => HistoryBuilder,
  more: Partial<InvariantCase> & { readonly overrides?: Partial<Evidence> } = {},
): InvariantCase {
  const { overrides, ...rest } = more;
  return {
    title,
    name: 'orderStatus',
    verdict,
    evidence: () => run().evidence(overrides),
    ...rest,
  };
}

const cases: readonly InvariantCase[] = [
  caseOf('an order decided after a while', 'pass', () =>
    accepted('pending', 'confirmed').committed(0),
  ),
  caseOf('an order decided against', 'pass', () => accepted('pending', 'refused')),
  caseOf(
    'an order that is pending in the end',
    'unknown',
    () => accepted('pending').row({ key: ours(0), status: 'pending' }),
    { lo: 0, hi: 1, reason: /1 order not known to be decided/ },
  ),
  {
    title: 'an order that was last seen pending, without a snapshot',
    name: 'orderStatus',
    evidence: () => accepted('pending').evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'an order that nobody looked up, without a snapshot',
    name: 'orderStatus',
    evidence: () => accepted().evidence({ withoutTruth: true }),
    verdict: 'unknown',
    hi: 1,
  },
  {
    title: 'an order that was found confirmed, without a snapshot',
    name: 'orderStatus',
    evidence: () => accepted('confirmed').evidence({ withoutTruth: true }),
    verdict: 'pass',
  },
  caseOf('an order decided in the promised time', 'pass', () =>
    promised(accepted(), 20).status(0, 'confirmed', during(25, 30)).committed(0),
  ),
  caseOf('an order answered 201 in the promised time', 'pass', () =>
    promised(accepted(), 20).sold(0, { attempt: 2, ...during(25, 30) }),
  ),
  caseOf(
    'a look-up that ended after the promised time',
    'unknown',
    () => promised(accepted(), 20).status(0, 'confirmed', during(25, 31)).committed(0),
    { lo: 0, hi: 1, reason: /1 order not known to be decided within 20 ms/ },
  ),
  caseOf(
    'an order still pending after the promised time',
    'violated',
    () => promised(accepted(), 20).status(0, 'pending', during(30.1, 31)).status(0, 'refused'),
    { value: 1, first: /run1-0 was accepted 10\.0 ms .* still pending when looked up 30\.1 ms/ },
  ),
  caseOf(
    'a look-up sent just in time that found it pending',
    'unknown',
    () => promised(accepted(), 20).status(0, 'pending', during(30, 40)),
    { lo: 0, hi: 1 },
  ),
  caseOf(
    'an order that was sent again and may wait anew',
    'unknown',
    () =>
      promised(accepted(), 20)
        .accepted(0, { attempt: 2, ...during(28, 29) })
        .status(0, 'pending', during(40, 41)),
    { lo: 0 },
  ),
  caseOf('an order that was sent again and waited too long anyhow', 'violated', () =>
    promised(accepted(), 20)
      .accepted(0, { attempt: 2, ...during(28, 29) })
      .status(0, 'pending', during(50, 51)),
  ),
  caseOf(
    'an order refused, sent again without an answer, and pending',
    'unknown',
    () =>
      promised(accepted('refused'), 20)
        .timedOut(0, { attempt: 2, ...during(20, 21) })
        .status(0, 'pending', during(90, 91)),
    { lo: 0 },
  ),
  caseOf('an order that nobody looked up in time', 'unknown', () => promised(accepted(), 20), {
    hi: 1,
  }),
  caseOf('a status that changed while it was looked up twice at once', 'pass', () =>
    accepted()
      .status(0, 'confirmed', during(20, 30))
      .status(0, 'pending', during(25, 35))
      .committed(0),
  ),
  caseOf(
    'a status that changed back after it was known',
    'violated',
    () =>
      accepted()
        .status(0, 'confirmed', during(20, 30))
        .status(0, 'pending', during(30.1, 35))
        .committed(0),
    {
      value: 1,
      first: /run1-0 was confirmed 30\.0 ms after the opening, and pending 35\.0 ms after/,
    },
  ),
  caseOf(
    'a status that changed back, of an interrupted run',
    'violated',
    () => accepted('confirmed', 'pending').committed(0),
    { overrides: { interrupted: true } },
  ),
  caseOf(
    'a status that changed back and was late as well',
    'violated',
    () => promised(accepted('confirmed'), 20).status(0, 'pending', during(90, 91)).committed(0),
    { value: 1 },
  ),
  caseOf('a slow look-up that overlapped the one that found it decided in time', 'pass', () =>
    promised(accepted(), 20)
      .status(0, 'confirmed', during(20, 30))
      .status(0, 'pending', during(29, 35))
      .committed(0),
  ),
  caseOf('an order withdrawn by request', 'pass', () =>
    accepted('confirmed').cancelled(0, 'ok', during(20, 21)).status(0, 'cancelled'),
  ),
  caseOf('an order perhaps withdrawn by request', 'pass', () =>
    accepted('confirmed').cancelled(0, 'info', during(20, 21)).status(0, 'cancelled'),
  ),
  caseOf(
    'an order withdrawn, of which an interruption may hide the request',
    'unknown',
    () => accepted('confirmed', 'cancelled'),
    { lo: 0, overrides: { interrupted: true } },
  ),
  caseOf('an order that was withdrawn and is not withdrawn any more', 'violated', () => {
    const run = accepted('confirmed').cancelled(0, 'ok', during(20, 21));
    return run.status(0, 'cancelled').status(0, 'confirmed');
  }),
  caseOf('an order that was refused, sent again and confirmed', 'pass', () =>
    accepted('refused').accepted(0, during(20, 21)).status(0, 'confirmed').committed(0),
  ),
  caseOf('an order that was refused, and whose first try may come late', 'pass', () =>
    accepted().timedOut(0, during(0, 1)).status(0, 'refused').status(0, 'confirmed').committed(0),
  ),
  caseOf(
    'an order that was refused and confirmed, of an interrupted run',
    'unknown',
    () => accepted('refused', 'confirmed').committed(0),
    { lo: 0, overrides: { interrupted: true } },
  ),
  caseOf('an order with two payloads, of which either may be found', 'pass', () =>
    accepted('confirmed')
      .accepted(0, { quantity: 2, ...during(20, 21) })
      .status(0, 'pending')
      .committed(0),
  ),
  caseOf('the refusal of a look-up', 'pass', () =>
    accepted('confirmed').status(0, 'refused', { status: 429, code: 'limited' }).committed(0),
  ),
];

describeCases('orderStatus', cases);

describe('orderStatus', () => {
  const later: Readonly<Record<LookUpKind, readonly LookUpKind[]>> = {
    confirmed: ['cancelled', 'refused', 'pending', 'not-found'],
    cancelled: ['confirmed', 'refused', 'pending'],
    refused: ['confirmed', 'cancelled', 'pending'],
    pending: [],
    'not-found': [],
  };
  const pairs = lookUpKinds.flatMap((from) => lookUpKinds.map((to) => [from, to] as const));

  it.each(pairs)('judges a status that was %s and then %s', (from, to) => {
    const result = resultOf(accepted(from, to).evidence(), 'orderStatus');
    expect(result.lo).toBe(later[from].includes(to) ? 1 : 0);
    if (result.lo === 0) return;
    const evidence = accepted(from, to).evidence();
    const codes = result.witnesses.first?.attempts.map(
      (at) => evidence.attempts.read(at).operation,
    );
    expect(codes).toEqual(['status', 'status']);
  });

  it.each(pairs)('judges %s and %s alike in any order of the record', (from, to) => {
    const run = accepted(from, to, from);
    const { verdict, lo, hi } = resultOf(run.evidence(), 'orderStatus');
    run.attempts.reverse();
    expect(resultOf(run.evidence(), 'orderStatus')).toMatchObject({ verdict, lo, hi });
  });

  const isLeftOut = (run: HistoryBuilder) =>
    auditRun(run.evidence()).notJudged.some(({ name }) => name === 'orderStatus');

  it('is left out when nothing was answered 202 and nothing looked up twice', () => {
    expect(isLeftOut(cleanSale().status(0, 'confirmed').status(1, 'confirmed'))).toBe(true);
    expect(isLeftOut(cleanSale().status(0, 'confirmed').status(0, 'confirmed'))).toBe(false);
    expect(isLeftOut(cleanSale().accepted(4))).toBe(false);
  });

  it('keeps apart the look-ups of thousands of orders', () => {
    const run = new HistoryBuilder({ stock: 5_000 });
    for (let intent = 0; intent < 3_000; intent += 1) {
      const sentNs = intent * nsPerMs;
      run.accepted(intent, { sentNs, doneNs: sentNs + 1 });
      run.attempt({ ...statusOf(intent, 'ok'), sentNs: sentNs + 2, doneNs: sentNs + 3 });
      const code = intent % 1_000 === 999 ? 'pending' : 'ok';
      run.attempt({ ...statusOf(intent, code), sentNs: sentNs + 4, doneNs: sentNs + 5 });
    }
    const result = resultOf(run.evidence(), 'orderStatus');
    expect(result).toMatchObject({ lo: 3, witnesses: { count: 3 } });
    const { first, last } = result.witnesses;
    expect([first?.keys, last?.keys]).toEqual([[ours(999)], [ours(2999)]]);
    expect(first?.attempts).toEqual([999 * 3 + 1, 999 * 3 + 2]);
  });
});

function statusOf(intent: number, code: 'ok' | 'pending') {
  const outcome = code === 'ok' ? 'ok' : 'info';
  return { intent, operation: 'status', status: 200, outcome, code } as const;
}
