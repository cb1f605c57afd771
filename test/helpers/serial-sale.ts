import type { Evidence } from '../../src/audit/evidence.ts';
import { nsPerMs } from '../../src/core/clock.ts';
import { type Attempt, probeKeyVariants } from '../../src/history/attempt.ts';
import { HistoryBuilder } from './history-builder.ts';
import {
  type Answer,
  productOf,
  quantityOf,
  type Sale,
  SerialServer,
  type Step,
  userOf,
} from './serial-server.ts';

/** Steps follow each other at this distance, in ns. */
const stepNs = 10;

/** Plays the sale and hands over the evidence that the view leaves. */
export function play(sale: Sale): { readonly evidence: Evidence; readonly server: SerialServer } {
  const { view, limitPerUser } = sale;
  // A key is sent again with another payload only by those whose first one is on record.
  const steps = sale.steps.filter(({ kind }) => kind !== 'reuse' || view.unrecorded === 0);
  const server = new SerialServer(sale);
  const run = new HistoryBuilder(...sale.stock.map((stock) => ({ stock, limitPerUser })));
  run.promising({ rejectsKeyReuse: true, clockToleranceMs: 0, ...promisedHours(sale) });
  const late: Step[] = [];
  const snapshotStep = Math.floor(view.snapshotAt * steps.length);
  steps.forEach((step, index) => {
    if (index === snapshotStep && view.snapshot === 'unsettled') server.snapshot(run, view.ledger);
    if (step.fate === 'late' && (step.kind === 'order' || step.kind === 'cancel')) late.push(step);
    playStep(run, server, step, index);
  });
  for (const step of late) apply(server, step, steps.length);
  while (server.decideNext());
  if (view.snapshot === 'settled') server.snapshot(run, view.ledger);
  run.attempts.sort((a, b) => a.doneNs - b.doneNs);
  forgetLast(run, view.unrecorded);
  const drainedNs = Math.max(
    steps.length * stepNs,
    ...[...run.attempts, ...run.events].map(({ doneNs }) => (doneNs < Infinity ? doneNs : 0)),
  );
  for (const intent of view.lookedUp) {
    lookUp(run, server, intent, 0, { sentNs: drainedNs + 1, doneNs: drainedNs + 2 });
  }
  return {
    server,
    evidence: run.evidence({
      withoutTruth: view.snapshot === 'absent',
      quiesced: view.snapshot === 'settled',
      interrupted: view.unrecorded > 0,
      exclusive: !steps.some(({ kind }) => kind === 'foreign'),
      epoch: { seconds: 0, nanoseconds: 0, wallMs: 0 },
    }),
  };
}

/** Between two steps, so that rounding decides nothing. */
function promisedHours({ hours }: Sale) {
  if (hours === undefined) return {};
  const msOf = (step: number): number => (step * stepNs - stepNs / 2 + 0.25) / nsPerMs;
  return { opensAtMs: msOf(hours.opens), closesAtMs: msOf(hours.closes) };
}

/** Cancellations are kept: what a withdrawn order was, no audit could tell without them. */
function forgetLast(run: HistoryBuilder, count: number): void {
  for (let forgotten = 0; forgotten < count; forgotten += 1) {
    const index = run.attempts.findLastIndex(({ operation }) => operation === 'order');
    if (index >= 0) run.attempts.splice(index, 1);
  }
}

function apply(server: SerialServer, step: Step, index: number): Answer {
  return step.kind === 'cancel' ? server.cancel(step) : server.order(step, index);
}

interface When {
  readonly sentNs: number;
  readonly doneNs: number;
}

function lookUp(
  run: HistoryBuilder,
  server: SerialServer,
  intent: number,
  keyVariant: number,
  when: When & Partial<Attempt>,
): void {
  const kind = server.lookUp(intent, keyVariant);
  const order = server.last(intent, keyVariant);
  const who = { keyVariant, user: userOf(intent), product: productOf(intent) };
  const told = kind === 'refused' ? { code: order?.code ?? '' } : { orderId: order?.id };
  run.status(intent, kind, { ...who, ...when, ...(kind === 'not-found' ? {} : told) });
}

function playStep(run: HistoryBuilder, server: SerialServer, step: Step, index: number): void {
  const { kind, intent, keyVariant, slackNs, fate } = step;
  const atNs = index * stepNs;
  const when = { sentNs: atNs - slackNs, doneNs: atNs + slackNs };
  if (kind === 'foreign') server.order(step, index);
  else if (kind === 'decide') server.decideNext();
  else if (kind === 'restock') playRestock(run, server, step, when);
  else if (kind === 'poll') {
    if (step.ignores.includes('finality')) server.unmake(intent, keyVariant);
    const more = { attempt: index + 1, ...when };
    if (fate === 'answered') lookUp(run, server, intent, keyVariant, more);
  } else playRequest(run, server, step, index, when);
}

function playRestock(run: HistoryBuilder, server: SerialServer, step: Step, when: When): void {
  const product = productOf(step.intent);
  const units = quantityOf(step.intent);
  const arrives = step.fate === 'answered' || step.fate === 'answer-lost';
  if (arrives) server.restock(product, units);
  const outcome =
    step.fate === 'answered' ? 'ok' : step.fate === 'not-sent' ? 'fail' : ('info' as const);
  const doneNs = outcome === 'info' ? Number.POSITIVE_INFINITY : when.doneNs;
  run.restocked(units, { product, ...when, doneNs, outcome });
}

function playRequest(
  run: HistoryBuilder,
  server: SerialServer,
  step: Step,
  index: number,
  when: When,
): void {
  const { kind, intent, keyVariant, fate } = step;
  const base = {
    intent,
    keyVariant,
    operation: kind === 'cancel' ? 'cancel' : 'order',
    user: userOf(intent),
    product: productOf(intent),
    quantity: quantityOf(intent) + (kind === 'reuse' ? 1 : 0),
    attempt: index + 1,
    ...when,
  } as const;
  if (fate === 'not-sent') {
    run.attempt({ ...base, outcome: 'fail', code: 'connect-failed', sentNs: Number.NaN });
    return;
  }
  const reaches = fate === 'answered' || fate === 'answer-lost';
  const answer = reaches ? apply(server, step, index) : undefined;
  if (fate !== 'answered' || answer === undefined) {
    run.timedOut(intent, base);
    return;
  }
  const { code, orderId } = answer;
  const outcome = code === 'ok' ? 'ok' : code === 'pending' ? 'info' : 'fail';
  run.attempt({ ...base, outcome, code, orderId });
}

/** Key variants of a step: the intent's own, a fresh one, and the probes'. */
export const stepKeyVariants = [0, 1, probeKeyVariants.beforeOpen, probeKeyVariants.afterClose];
