import { nsPerMs, nsPerS } from '../../../src/core/clock.ts';
import type { DueKind } from '../../../src/engine/agenda.ts';
import { OpenWork } from '../../../src/engine/open-work.ts';
import { Orders } from '../../../src/engine/orders.ts';
import { reloadPage } from '../../../src/engine/page-reloads.ts';
import { makePlan } from '../../../src/engine/plan.ts';
import { Probes } from '../../../src/engine/probes.ts';
import { SessionProbes } from '../../../src/engine/session-probes.ts';
import {
  type Device,
  makeDevices,
  type RequestEnd,
  type RequestSubject,
} from '../../../src/engine/shopper.ts';
import type { WorkerContext } from '../../../src/engine/worker-context.ts';
import type { JournalEntry } from '../../../src/history/journal.ts';
import type { Scenario } from '../../../src/scenarios/schema.ts';
import type { RequestContext } from '../../../src/targets/target.ts';

const openingNs = nsPerS;
const zeroNs = 10 * nsPerS;

/** A request that the rig's server saw. */
export interface Sent {
  readonly subject: RequestSubject;
  /** What the bytes were made from. */
  readonly asked: RequestContext;
  /** From t = 0, in milliseconds. */
  readonly atMs: number;
}

type Answer = Partial<RequestEnd>;

export const ok: Answer = { outcome: 'ok', code: 'ok', status: 201, orderId: 'o1' };
export const soldOut: Answer = { outcome: 'fail', code: 'sold-out', status: 409 };
export const pending: Answer = { outcome: 'info', code: 'pending', status: 202, orderId: 'o1' };
export const stillPending: Answer = { ...pending, status: 200 };
export const refused: Answer = { outcome: 'fail', code: 'sold-out', status: 200 };
export const timeout: Answer = { outcome: 'info', code: 'timeout', status: 0 };

/** No sale of a test takes more steps; one that never ends takes them all. */
const stepsMax = 10_000;

/** A worker's orders and probes in virtual time, before a server that answers by a script. */
export class Rig {
  readonly sent: Sent[] = [];
  /** What the client itself held back. */
  readonly heldBack: { readonly attempt: number; readonly code: string; readonly atMs: number }[] =
    [];
  readonly journal: JournalEntry[] = [];
  readonly orders: Orders;
  readonly probes: Probes;
  readonly sessionProbes: SessionProbes;
  readonly device: Device;
  drainedAtMs: number | undefined;
  #nowNs = zeroNs;
  #agenda: { dueNs: number; run: () => void }[] = [];
  readonly #halt = new AbortController();
  readonly #context: WorkerContext;

  /** @param answer what the server says; every answer takes 10 ms */
  constructor(scenario: Scenario, answer: (sent: Sent) => Answer) {
    const plan = makePlan(scenario, 1, openingNs);
    const { devices, deviceOfIntent } = makeDevices(plan, { worker: 0, workers: 1 });
    for (const device of devices) device.token = `token-${device.deviceId}`;
    const [first] = devices;
    if (first === undefined) throw new Error('the scenario has devices');
    this.device = first;
    const asked = new WeakMap<Buffer, RequestContext>();
    const context: WorkerContext = {
      job: {
        runId: 'run1',
        worker: 0,
        workers: 1,
        seed: 1,
        scenario,
        openingNs,
        epoch: { seconds: 0, nanoseconds: 0, wallMs: 0 },
        protocol: { target: 'none', endpoint: { host: '', port: 0, tls: false }, basePath: '' },
        journalPath: '',
      },
      now: () => this.#nowNs,
      plan,
      protocol: {
        request: (_operation, about) => {
          const bytes = Buffer.alloc(1);
          asked.set(bytes, about);
          return bytes;
        },
      },
      requester: {
        submit: (device, request) => {
          const about = asked.get(request.bytes);
          if (about === undefined) throw new Error('the bytes are the protocol’s');
          const sent = { subject: request.subject, asked: about, atMs: this.nowMs };
          this.sent.push(sent);
          const doneNs = this.#nowNs + 10 * nsPerMs;
          const end: RequestEnd = {
            outcome: 'fail',
            code: 'not-found',
            status: 404,
            retryAfterMs: undefined,
            token: undefined,
            orderId: undefined,
            ...answer(sent),
            doneNs,
          };
          this.#agenda.push({ dueNs: doneNs, run: () => request.settled(device, end) });
        },
        holdBack: (_device, subject, _dueNs, code) => {
          this.heldBack.push({ attempt: subject.attempt, code, atMs: this.nowMs });
          const nothing = { retryAfterMs: undefined, token: undefined, orderId: undefined };
          return { outcome: 'fail', code, status: 0, doneNs: this.#nowNs, ...nothing };
        },
      },
      agenda: { at: (...due) => this.#plan(...due), near: (...due) => this.#plan(...due) },
      journal: { append: (entry) => this.journal.push(entry) },
      work: new OpenWork(() => {
        this.drainedAtMs = this.nowMs;
      }),
      deviceOfIntent,
      halted: this.#halt.signal,
    };
    this.#context = context;
    this.probes = new Probes(context);
    this.sessionProbes = new SessionProbes(context);
    this.orders = new Orders(context, (...order) => this.probes.reuseKey(...order));
  }

  get nowMs(): number {
    return (this.#nowNs - zeroNs) / nsPerMs;
  }

  /** Plays until nothing is due any more. @param haltAtMs when the run is stopped */
  play(closesAtMs?: number, haltAtMs = Number.POSITIVE_INFINITY): this {
    this.orders.begin(zeroNs);
    this.probes.begin(zeroNs, closesAtMs === undefined ? undefined : zeroNs + closesAtMs * nsPerMs);
    this.sessionProbes.begin(zeroNs);
    this.#context.work.check();
    for (let step = 0; step < stepsMax; step += 1) {
      this.#agenda.sort((a, b) => a.dueNs - b.dueNs);
      const next = this.#agenda.shift();
      if (next === undefined) return this;
      this.#nowNs = Math.max(this.#nowNs, next.dueNs);
      if (this.nowMs >= haltAtMs) this.#halt.abort();
      next.run();
    }
    throw new Error('the sale does not end');
  }

  /** The requests of one operation, probes left out or alone. */
  of(operation: RequestSubject['operation'], probes = false): readonly Sent[] {
    return this.sent.filter(
      ({ subject }) => subject.operation === operation && (subject.attempt === 0) === probes,
    );
  }

  #plan(dueNs: number, kind: DueKind, intent: number): void {
    this.#agenda.push({ dueNs, run: () => this.#due(kind, intent, dueNs) });
  }

  #due(kind: DueKind, intent: number, dueNs: number): void {
    const device = this.#context.deviceOfIntent.get(intent);
    if (device === undefined) throw new Error('nothing is due for somebody else');
    const shopper = { device, intent };
    const actions: Record<DueKind, () => void> = {
      order: () => this.orders.order(shopper, dueNs),
      enter: () => this.orders.enter(shopper, dueNs),
      refresh: () => reloadPage(this.#context, shopper, dueNs),
      poll: () => this.orders.poll(shopper, dueNs),
      cancel: () => this.orders.cancel(shopper, dueNs),
      'before-open': () => this.probes.beforeOpen(shopper, dueNs),
      'after-close': () => this.probes.afterClose(shopper, dueNs),
      'evicted-page': () => this.probes.loadPage(shopper, dueNs),
      'evicted-status': () => this.probes.askStatus(shopper, dueNs),
      logout: () => this.sessionProbes.logOut(shopper, dueNs),
      'logout-everywhere': () => this.sessionProbes.logOutEverywhere(shopper, dueNs),
      'logout-again': () => this.sessionProbes.logOutAgain(shopper, dueNs),
    };
    actions[kind]();
  }
}
