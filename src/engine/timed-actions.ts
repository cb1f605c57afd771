import { assertNever } from '../core/assert.ts';
import { type NowNs, nsPerMs, sleep } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { EventRecord, FaultRecord, SaleEvent } from '../history/run-record.ts';
import type { EventEntry, FaultEntry, Scenario } from '../scenarios/schema.ts';
import type { Fault, Target } from '../targets/target.ts';

/** When a sale is played, on the run's clock. */
export interface SaleInstants {
  readonly zeroNs: number;
  readonly opensNs: number;
}

/** What is done to the server while the sale runs. */
export interface TimedActionsOptions {
  readonly target: Pick<Target, 'inject' | 'apply'>;
  readonly scenario: Scenario;
  readonly instants: SaleInstants;
  readonly now: NowNs;
  /** Aborted when the sale is over: what is not due by then is not done. */
  readonly over: AbortSignal;
}

/** What became of a sale's faults and events, in the order of the scenario. */
export interface TimedActionsRecord {
  readonly faults: readonly FaultRecord[];
  readonly events: readonly EventRecord[];
}

/** Injects every fault and applies every event when it is due. Never rejects. */
export async function playTimedActions(options: TimedActionsOptions): Promise<TimedActionsRecord> {
  const { scenario } = options;
  const [faults, events] = await Promise.all([
    Promise.all(scenario.faults.map((entry) => inject(options, entry))),
    Promise.all(scenario.events.map((entry) => apply(options, entry))),
  ]);
  return { faults, events };
}

/** When a fault or event is due, on the run's clock. */
export function dueNs(
  { at, afterOpening }: Pick<FaultEntry | EventEntry, 'at' | 'afterOpening'>,
  { zeroNs, opensNs }: SaleInstants,
): number {
  return afterOpening === undefined
    ? zeroNs + (at ?? 0) * nsPerMs
    : opensNs + afterOpening * nsPerMs;
}

/** Resolves when the instant has come: true, or false when the sale was over before. */
async function comes({ now, over }: TimedActionsOptions, atNs: number): Promise<boolean> {
  // Timers count whole milliseconds: what is left of one is waited for as well.
  for (let nowNs = now(); nowNs < atNs && !over.aborted; nowNs = now()) {
    await sleep(Math.max(1, (atNs - nowNs) / nsPerMs), over);
  }
  return !over.aborted;
}

async function inject(options: TimedActionsOptions, entry: FaultEntry): Promise<FaultRecord> {
  const plannedNs = dueNs(entry, options.instants);
  const fault = faultOf(entry);
  const description = describeFault(fault);
  if (!(await comes(options, plannedNs))) {
    const detail = 'the run was over before the fault was due';
    return { description, plannedNs, firedNs: Number.NaN, fired: false, detail };
  }
  const triedNs = options.now();
  const injected = await options.target
    .inject(fault, options.over)
    .catch((error: unknown) => ({ fired: false, detail: messageOf(error) }));
  // A failpoint fires when somebody comes to it, all else when it is told to.
  const firedNs = fault.kind === 'failpoint' && injected.fired ? options.now() : triedNs;
  return { description, plannedNs, firedNs, ...injected };
}

function faultOf(entry: FaultEntry): Fault {
  if ('kill' in entry) return { kind: 'kill', service: entry.kill };
  if ('slow' in entry) {
    return { kind: 'slow', service: entry.slow, delayMs: entry.delay, durationMs: entry.for };
  }
  if ('pause' in entry) return { kind: 'pause', service: entry.pause, durationMs: entry.for };
  if ('flush' in entry) return { kind: 'flush', service: entry.flush };
  if ('restart' in entry) {
    return { kind: 'restart', service: entry.restart, persistence: entry.persistence };
  }
  if ('stall' in entry) return { kind: 'stall', service: entry.stall, durationMs: entry.for };
  const { failpoint, hit } = entry;
  const durationMs = entry.for ?? 0;
  const action =
    entry.action === 'kill' ? ({ kind: 'kill' } as const) : { kind: entry.action, durationMs };
  return { kind: 'failpoint', failpoint, action, hit };
}

function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'flush':
      return `${fault.kind} ${fault.service}`;
    case 'slow':
      return `slow ${fault.service} by ${fault.delayMs} ms for ${fault.durationMs} ms`;
    case 'pause':
    case 'stall':
      return `${fault.kind} ${fault.service} for ${fault.durationMs} ms`;
    case 'restart':
      return `restart ${fault.service}, persistence ${fault.persistence}`;
    case 'failpoint': {
      const { failpoint, action, hit } = fault;
      const deed = action.kind === 'kill' ? 'kill' : `pause for ${action.durationMs} ms`;
      return `${deed} at hit ${hit} of ${failpoint}`;
    }
    default:
      return assertNever(fault, 'fault');
  }
}

function eventOf(entry: EventEntry, { sale }: Scenario): SaleEvent {
  if ('close' in entry) return { kind: 'close' };
  if ('warmUp' in entry) return { kind: 'warm-up', productId: entry.warmUp };
  const productId = entry.product ?? sale.products[0]?.id ?? '';
  return { kind: 'restock', productId, quantity: entry.restock };
}

async function apply(options: TimedActionsOptions, entry: EventEntry): Promise<EventRecord> {
  const plannedNs = dueNs(entry, options.instants);
  const event = eventOf(entry, options.scenario);
  if (!(await comes(options, plannedNs))) {
    const detail = 'the run was over before the event was due';
    const never = { sentNs: Number.NaN, doneNs: Number.NaN };
    return { event, plannedNs, ...never, outcome: 'fail', detail };
  }
  const sentNs = options.now();
  const { outcome, detail } = await options.target
    .apply(event)
    .catch((error: unknown) => ({ outcome: 'info' as const, detail: messageOf(error) }));
  const doneNs = outcome === 'info' ? Number.POSITIVE_INFINITY : options.now();
  return { event, plannedNs, sentNs, doneNs, outcome, detail };
}
