import { describe, expect, it } from 'vitest';
import { auditRun } from '../../../src/audit/audit.ts';
import { nsPerMs } from '../../../src/core/clock.ts';
import type { Attempt } from '../../../src/history/attempt.ts';
import type { Contract } from '../../../src/history/contract.ts';
import { cleanSale, HistoryBuilder } from '../../helpers/history-builder.ts';
import { describeCases, type InvariantCase, ours } from '../../helpers/invariant-cases.ts';

const second = 1000 * nsPerMs;

/** Open from 10 s to 20 s on the wall clock, of which the run's epoch was 4 s; so from 6 s to 16 s. */
const hours: Partial<Contract> = { opensAtMs: 10_000, closesAtMs: 20_000 };
const epoch = { seconds: 0, nanoseconds: 0, wallMs: 4_000 };
const [opens, closes] = [6 * second, 16 * second];

/** Nothing else sets the smallest round trip: 4 ms, half of which makes the tolerance 3 ms. */
function sale(promises: Partial<Contract> = hours) {
  const run = new HistoryBuilder({ stock: 9 }).promising(promises);
  return run.sold(0, { sentNs: opens + second, doneNs: opens + second + 4 * nsPerMs });
}

const notOpen = { status: 403, outcome: 'fail', code: 'not-open' } as const;
const closed = { status: 403, outcome: 'fail', code: 'closed' } as const;
/** From so many ms after the opening, for as long as nothing else in the run. */
const at = (ms: number, lengthMs = 5): Partial<Attempt> => ({
  sentNs: opens + ms * nsPerMs,
  doneNs: opens + (ms + lengthMs) * nsPerMs,
});
const untilClosing = (closes - opens) / nsPerMs;

function caseOf(
  title: string,
  verdict: InvariantCase['verdict'],
  run: () => HistoryBuilder,
  more: Partial<InvariantCase> = {},
): InvariantCase {
  return {
    title,
    name: 'saleWindow',
    verdict,
    evidence: () => run().evidence({ epoch, openingNs: opens }),
    ...more,
  };
}

const cases: readonly InvariantCase[] = [
  caseOf('orders in time', 'pass', () => sale().sold(1, at(3.5)), { value: 0 }),
  caseOf('an order answered before the opening', 'violated', () => sale().sold(1, at(-9)), {
    value: 1,
    reason: /1 order sold before the opening/,
    first: /run1-1 was made, answered 4\.0 ms before the opening/,
  }),
  caseOf('an order answered within the tolerance', 'pass', () => sale().sold(1, at(-7.9)), {
    reason: /1 order answered so close to the border that either is right/,
  }),
  caseOf('an order answered within a tolerance that was promised', 'pass', () =>
    sale({ ...hours, clockToleranceMs: 5 }).sold(1, at(-9.9)),
  ),
  caseOf('an order answered before a tolerance that was promised', 'violated', () =>
    sale({ ...hours, clockToleranceMs: 5 }).sold(1, at(-10.1)),
  ),
  caseOf('an order sent before the opening and answered after it', 'pass', () =>
    sale().sold(1, at(-50, 100)),
  ),
  caseOf('a probe that was served before the opening', 'violated', () =>
    sale().sold(1, { keyVariant: 1000, ...at(-100) }),
  ),
  caseOf('a refusal before the opening', 'pass', () =>
    sale().attempt({ intent: 1, ...notOpen, ...at(-100) }),
  ),
  caseOf('an order accepted for later before the opening, and made', 'violated', () =>
    sale().accepted(1, at(-100)).status(1, 'confirmed').committed(1),
  ),
  caseOf('an order accepted for later before the opening, and never made', 'pass', () =>
    sale().accepted(1, at(-100)).status(1, 'refused'),
  ),
  caseOf('an order that a look-up found before the opening', 'violated', () =>
    sale().timedOut(1, at(-200)).status(1, 'confirmed', at(-100)).committed(1),
  ),
  caseOf('an order that timed out before the opening and was made', 'pass', () =>
    sale().timedOut(1, at(-200)).committed(1),
  ),
  caseOf(
    'an order first sent after the closing',
    'violated',
    () => sale().sold(1, at(untilClosing + 3.1)),
    {
      value: 1,
      reason: /1 order sold after the closing/,
      first: /run1-1 was made, first sent 10\.0/,
    },
  ),
  caseOf('an order first sent within the tolerance of the closing', 'pass', () =>
    sale().sold(1, at(untilClosing + 2.9)),
  ),
  caseOf('the answer to a retry after the closing', 'pass', () =>
    sale()
      .timedOut(1, at(untilClosing - 100))
      .sold(1, { attempt: 2, ...at(untilClosing + 100) }),
  ),
  caseOf('an order first sent after the closing that nobody was answered', 'violated', () =>
    sale()
      .timedOut(1, at(untilClosing + 100))
      .committed(1),
  ),
  caseOf('a refusal after the closing', 'pass', () =>
    sale().attempt({ intent: 1, ...closed, ...at(untilClosing + 100) }),
  ),
  ...([notOpen, closed] as const).flatMap((refusal) => [
    caseOf(
      `told ${refusal.code} while it was open`,
      'violated',
      () => sale().attempt({ intent: 1, ...refusal, ...at(3.1) }),
      { value: 1, reason: /1 order refused although the sale was open/, first: /was told/ },
    ),
    caseOf(`told ${refusal.code} within the tolerance of the opening`, 'pass', () =>
      sale().attempt({ intent: 1, ...refusal, ...at(2.9) }),
    ),
    caseOf(`told ${refusal.code} within the tolerance of the closing`, 'pass', () =>
      sale().attempt({ intent: 1, ...refusal, ...at(untilClosing - 7.9) }),
    ),
    caseOf(`told ${refusal.code} right before that`, 'violated', () =>
      sale().attempt({ intent: 1, ...refusal, ...at(untilClosing - 8.1) }),
    ),
  ]),
  caseOf('told not-open by a server that promised no opening', 'pass', () =>
    sale({ closesAtMs: 20_000 }).attempt({ intent: 1, ...notOpen, ...at(100) }),
  ),
  caseOf('told closed by a server that promised no opening', 'violated', () =>
    sale({ closesAtMs: 20_000 }).attempt({ intent: 1, ...closed, ...at(100) }),
  ),
  caseOf(
    'one key told so twice',
    'violated',
    () =>
      sale()
        .attempt({ intent: 1, ...notOpen, ...at(100) })
        .attempt({ intent: 1, attempt: 2, ...notOpen, ...at(200) }),
    { value: 1 },
  ),
  caseOf('an order sent after the sale was closed by request', 'violated', () =>
    sale()
      .event({ sentNs: opens + 2 * second, doneNs: opens + 3 * second })
      .sold(1, at(3000.1)),
  ),
  caseOf('an order sent while the sale was being closed', 'pass', () =>
    sale()
      .event({ sentNs: opens + 2 * second, doneNs: opens + 3 * second })
      .sold(1, at(2500)),
  ),
  caseOf('told closed while the sale was being closed', 'pass', () =>
    sale()
      .event({ sentNs: opens + 2 * second, doneNs: opens + 3 * second })
      .attempt({ intent: 1, ...closed, ...at(1996) }),
  ),
  caseOf('told closed before the sale was closed by request', 'violated', () =>
    sale()
      .event({ sentNs: opens + 2 * second, doneNs: opens + 3 * second })
      .attempt({ intent: 1, ...closed, ...at(1994) }),
  ),
  caseOf('an order sent after a request to close that nobody knows of', 'pass', () =>
    sale()
      .event({ sentNs: opens + 2 * second, outcome: 'info' })
      .sold(1, at(5000)),
  ),
  caseOf('told closed after a request to close that nobody knows of', 'pass', () =>
    sale()
      .event({ sentNs: opens + 2 * second, outcome: 'info' })
      .attempt({ intent: 1, ...closed, ...at(5000) }),
  ),
  caseOf('told closed after a request to close that failed', 'violated', () =>
    sale()
      .event({ sentNs: opens + 2 * second, outcome: 'fail' })
      .attempt({ intent: 1, ...closed, ...at(5000) }),
  ),
  {
    title: 'a retry after the closing whose first try an interruption may hide',
    name: 'saleWindow',
    evidence: () =>
      sale()
        .sold(1, { attempt: 2, ...at(untilClosing + 100) })
        .evidence({ epoch, interrupted: true }),
    verdict: 'unknown',
    lo: 0,
  },
  {
    title: 'a first try after the closing of an interrupted run',
    name: 'saleWindow',
    evidence: () =>
      sale()
        .sold(1, at(untilClosing + 100))
        .evidence({ epoch, interrupted: true }),
    verdict: 'violated',
  },
];

describeCases('saleWindow', cases);

describe('saleWindow', () => {
  const isLeftOut = (run: HistoryBuilder) =>
    auditRun(run.evidence({ epoch })).notJudged.some(({ name }) => name === 'saleWindow');

  it('is left out without opening hours', () => {
    expect(isLeftOut(cleanSale())).toBe(true);
    expect(isLeftOut(cleanSale().event({ outcome: 'fail' }))).toBe(true);
    expect(isLeftOut(cleanSale().restocked(1))).toBe(true);
  });

  it.each([{ opensAtMs: 0 }, { closesAtMs: 0 }])('is judged with %j', (promises) => {
    expect(isLeftOut(cleanSale().promising(promises))).toBe(false);
  });

  it('is judged when somebody closed the sale', () => {
    expect(isLeftOut(cleanSale().event({}))).toBe(false);
  });

  it('counts an order that is wrong in two ways once', () => {
    const run = sale().sold(ours.length, at(untilClosing + 100));
    run.attempt({ intent: ours.length, attempt: 0, ...notOpen, ...at(100) });
    const { invariants } = auditRun(run.evidence({ epoch }));
    expect(invariants.saleWindow).toMatchObject({ verdict: 'violated', value: 1 });
  });
});
