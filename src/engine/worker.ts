import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type NowNs, nsPerMs, runClock } from '../core/clock.ts';
import { keyOf } from '../history/attempt.ts';
import type { OrderJournal } from '../history/journal.ts';
import type { WorkerFigures } from '../history/run-record.ts';
import { AttemptStore } from '../history/store.ts';
import { retryDelayMs } from '../policies/retries/retry-policy.ts';
import type { Protocol } from '../targets/target.ts';
import { createConnector } from '../transport/connector.ts';
import { makePlan, type Plan, planHash, retryRng } from './plan.ts';
import { Requester } from './requester.ts';
import { Scheduler } from './scheduler.ts';
import { type Device, makeDevices, newRequest, type RequestEnd } from './shopper.ts';
import type { FromWorker, WarmFigures, WorkerJob } from './worker-protocol.ts';

/** How often totals are told and full chunks handed over. */
const progressEveryMs = 200;
/** Connections are checked and mended until this long before the opening. */
const warmUntilNs = 150 * nsPerMs;
const reconnectLanes = 64;
const loginTriesMax = 3;
const statusTriesMax = 3;

/**
 * Plays its share of the shoppers: connects and logs in every device, then lets each intent run its
 * course (first click at the planned instant, retries by policy, until an answer is final, patience
 * ends, or the workload does).
 */
export class Worker {
  readonly #job: WorkerJob;
  readonly #send: (message: FromWorker) => void;
  readonly #now: NowNs;
  readonly #plan: Plan;
  readonly #protocol: Protocol;
  readonly #attempts: AttemptStore;
  readonly #requester: Requester;
  readonly #scheduler: Scheduler;
  readonly #journal: OrderJournal;
  readonly #devices: Device[] = [];
  readonly #deviceOfIntent = new Map<number, Device>();
  readonly #attemptsOf = new Map<number, number>();
  readonly #uncertain = new Set<number>();
  readonly #codes: Record<string, number> = {};
  readonly #eventLoopDelay = monitorEventLoopDelay({ resolution: 10 });
  #zeroNs = 0;
  #openIntents = 0;
  #halted = false;
  #drained = false;
  #loginsFailed = 0;
  #dropped = 0;
  #progress: NodeJS.Timeout | undefined;

  constructor(
    job: WorkerJob,
    protocol: Protocol,
    journal: OrderJournal,
    send: (message: FromWorker) => void,
  ) {
    this.#job = job;
    this.#send = send;
    this.#protocol = protocol;
    this.#now = runClock(job.epoch);
    this.#plan = makePlan(job.scenario, job.seed, job.openingNs);
    this.#attempts = new AttemptStore();
    this.#journal = journal;
    this.#requester = new Requester({
      now: this.#now,
      protocol,
      connector: createConnector({ endpoint: job.protocol.endpoint, now: this.#now }),
      attempts: this.#attempts,
      worker: job.worker,
      timeoutMs: job.scenario.client.timeout,
      subjectOf: (intent) => ({
        product: this.#plan.product[intent] ?? 0,
        quantity: this.#plan.quantity[intent] ?? 1,
      }),
    });
    this.#scheduler = new Scheduler(this.#now, (payload, dueNs) => this.#due(payload, dueNs));
  }

  /** Connects and logs in every device of this worker. */
  async prepare(): Promise<void> {
    this.#progress = setInterval(() => this.#tell(), progressEveryMs);
    for (const device of makeDevices(this.#plan, this.#job)) {
      this.#devices.push(device);
      this.#deviceOfIntent.set(device.intent, device);
    }
    // People log in their devices one after the other: the order decides which one is evicted.
    const byUser = new Map<number, Device[]>();
    for (const device of this.#devices) {
      const own = byUser.get(device.user);
      if (own === undefined) byUser.set(device.user, [device]);
      else own.push(device);
    }
    const people = [...byUser.values()];
    const concurrency = Math.min(64, people.length);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let person = people[next++]; person !== undefined; person = people[next++]) {
        if (this.#halted) return;
        for (const device of person) await this.#logIn(device);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    this.#send({ kind: 'prepared', figures: this.figures(), planHash: planHash(this.#plan) });
  }

  async #logIn(device: Device): Promise<void> {
    for (let attempt = 1; attempt <= loginTriesMax && !this.#halted; attempt += 1) {
      const end = await new Promise<RequestEnd>((resolve) => {
        const { userId, deviceId } = device;
        const bytes = this.#protocol.request('login', { userId, deviceId });
        this.#requester.submit(
          device,
          newRequest('login', attempt, this.#now(), bytes, (_, ended) => resolve(ended)),
        );
      });
      if (end.outcome === 'ok' && end.token !== undefined) {
        device.token = end.token;
        return;
      }
      if (end.code === 'device-limit') break;
    }
    this.#loginsFailed += 1;
  }

  /** Begins at `zeroNs`. What every device will send first is built now, not at the opening. */
  begin(zeroNs: number): void {
    this.#zeroNs = zeroNs;
    this.#eventLoopDelay.enable();
    const endsNs = this.#job.scenario.workload.endsAt * nsPerMs;
    for (const device of this.#devices) {
      const arrivalNs = this.#plan.arrivalNs[device.intent] ?? Number.POSITIVE_INFINITY;
      if (arrivalNs === Number.POSITIVE_INFINITY) continue;
      if (arrivalNs >= endsNs || device.token === undefined) {
        this.#dropped += 1;
        continue;
      }
      this.#openIntents += 1;
      this.#orderBytes.set(device.intent, this.#buildOrder(device));
      this.#scheduler.at(zeroNs + arrivalNs, 2 * device.intent);
    }
    this.#plan.refreshIntent.forEach((intent, index) => {
      if (!this.#deviceOfIntent.has(intent)) return;
      this.#scheduler.at(zeroNs + (this.#plan.refreshNs[index] ?? 0), 2 * intent + 1);
    });
    this.#scheduler.start();
    const opensNs = zeroNs + this.#job.openingNs;
    const mendMs = (opensNs - warmUntilNs - this.#now()) / nsPerMs;
    setTimeout(() => void this.#warm(opensNs), Math.max(0, mendMs - 1_000));
    setTimeout(
      () => this.#send({ kind: 'opening', warm: this.#warmFigures() }),
      Math.max(0, mendMs + 100),
    );
    this.#checkDrained();
  }

  readonly #orderBytes = new Map<number, Buffer>();

  #buildOrder(device: Device): Buffer {
    const { products } = this.#job.scenario.sale;
    return this.#protocol.request('order', {
      userId: device.userId,
      deviceId: device.deviceId,
      ...(device.token === undefined ? {} : { token: device.token }),
      productId: products[this.#plan.product[device.intent] ?? 0]?.id ?? '',
      quantity: this.#plan.quantity[device.intent] ?? 1,
      key: keyOf(this.#job.runId, device.intent, 0),
    });
  }

  /** Reconnects what the server closed, or will before the opening is over. */
  async #warm(opensNs: number): Promise<void> {
    const stale = this.#devices.filter(
      ({ connection, current, token }) =>
        current === undefined &&
        token !== undefined &&
        !(connection?.open === true && connection.idleDeadlineNs > opensNs),
    );
    const devices = stale[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      for (const device of devices) {
        if (this.#now() > opensNs - warmUntilNs || this.#halted) return;
        if (device.current !== undefined) continue;
        device.connection?.close();
        device.connection = undefined;
        await this.#requester.connect(device).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: reconnectLanes }, lane));
  }

  #warmFigures(): WarmFigures {
    const perInstance: Record<string, number> = {};
    let warmConnections = 0;
    for (const { connection, token, instance } of this.#devices) {
      if (connection?.open !== true || token === undefined) continue;
      warmConnections += 1;
      perInstance[instance] = (perInstance[instance] ?? 0) + 1;
    }
    return { connections: this.#devices.length, warmConnections, perInstance };
  }

  #due(payload: number, dueNs: number): void {
    const intent = Math.floor(payload / 2);
    const device = this.#deviceOfIntent.get(intent);
    if (device === undefined) return;
    if (payload % 2 === 0) this.#order(device, dueNs);
    else this.#refresh(device, dueNs);
  }

  #refresh(device: Device, dueNs: number): void {
    // A person whose page still loads does not reload it.
    if (device.token === undefined || device.current !== undefined) return;
    const productId =
      this.#job.scenario.sale.products[this.#plan.product[device.intent] ?? 0]?.id ?? '';
    const { userId, deviceId, token } = device;
    const bytes = this.#protocol.request('page', { userId, deviceId, token, productId });
    this.#requester.submit(
      device,
      newRequest('page', 1, dueNs, bytes, () => this.#checkDrained()),
    );
  }

  #order(device: Device, dueNs: number): void {
    const attempt = (this.#attemptsOf.get(device.intent) ?? 0) + 1;
    this.#attemptsOf.set(device.intent, attempt);
    const bytes = this.#orderBytes.get(device.intent) ?? this.#buildOrder(device);
    this.#requester.submit(
      device,
      newRequest('order', attempt, dueNs, bytes, (who, end) => this.#orderEnded(who, attempt, end)),
    );
  }

  #orderEnded(device: Device, attempt: number, end: RequestEnd): void {
    const { intent } = device;
    this.#codes[end.code] = (this.#codes[end.code] ?? 0) + 1;
    if (end.outcome === 'ok') {
      this.#acknowledge(device, end);
      this.#uncertain.delete(intent);
      this.#close();
      return;
    }
    if (end.outcome === 'info') this.#uncertain.add(intent);
    const { scenario, seed } = this.#job;
    const delayMs = retryDelayMs(
      scenario.client.retry,
      { attempts: attempt, code: end.code, retryAfterMs: end.retryAfterMs },
      retryRng(seed, intent, attempt),
    );
    if (delayMs === undefined || this.#halted) {
      this.#close();
      return;
    }
    const nextNs = end.doneNs + delayMs * nsPerMs;
    const untilNs = Math.min(this.#plan.givesUpNs[intent] ?? 0, scenario.workload.endsAt * nsPerMs);
    if (nextNs - this.#zeroNs >= untilNs) {
      this.#close();
      return;
    }
    this.#scheduler.at(nextNs, 2 * intent);
  }

  #acknowledge(device: Device, end: RequestEnd): void {
    this.#journal.append({
      key: keyOf(this.#job.runId, device.intent, 0),
      orderId: end.orderId ?? '',
      userId: device.userId,
      productId: this.#job.scenario.sale.products[this.#plan.product[device.intent] ?? 0]?.id ?? '',
      quantity: this.#plan.quantity[device.intent] ?? 1,
      ns: end.doneNs,
    });
  }

  #close(): void {
    this.#openIntents -= 1;
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#drained || this.#openIntents > 0) return;
    this.#drained = true;
    this.#scheduler.stop();
    this.#send({ kind: 'drained' });
  }

  /** Starts nothing more; what is in flight may end. */
  halt(): void {
    if (this.#halted) return;
    this.#halted = true;
    const never = this.#scheduler.pending;
    this.#scheduler.stop();
    this.#dropped += never;
    this.#requester.abort();
    this.#openIntents = 0;
    this.#checkDrained();
  }

  /** Asks by key what became of intents that nobody knows (evidence tier T1). Never posts again. */
  async resolve(): Promise<void> {
    const lane = async (intents: Iterator<number>): Promise<void> => {
      for (let next = intents.next(); next.done !== true; next = intents.next()) {
        const device = this.#deviceOfIntent.get(next.value);
        if (device?.token !== undefined) await this.#lookUp(device);
      }
    };
    const intents = [...this.#uncertain][Symbol.iterator]();
    await Promise.all(Array.from({ length: 16 }, () => lane(intents)));
    this.#send({ kind: 'resolved' });
  }

  async #lookUp(device: Device): Promise<void> {
    const { userId, deviceId, token } = device;
    const key = keyOf(this.#job.runId, device.intent, 0);
    const bytes = this.#protocol.request('status', {
      userId,
      deviceId,
      ...(token === undefined ? {} : { token }),
      key,
    });
    for (let attempt = 1; attempt <= statusTriesMax; attempt += 1) {
      const end = await new Promise<RequestEnd>((resolve) => {
        this.#requester.submit(
          device,
          newRequest('status', attempt, this.#now(), bytes, (_, ended) => resolve(ended)),
        );
      });
      if (end.outcome !== 'info') return;
    }
  }

  #tell(): void {
    for (const chunk of this.#attempts.takeChunks()) this.#send({ kind: 'chunk', chunk });
    this.#send({
      kind: 'progress',
      progress: {
        devicesReady: this.#devices.filter(({ token }) => token !== undefined).length,
        devices: this.#devices.length,
        requests: this.#requester.requests,
        inFlight: this.#requester.inFlight,
        codes: { ...this.#codes },
      },
    });
  }

  /** Hands over what is left. */
  async finish(): Promise<void> {
    clearInterval(this.#progress);
    this.#scheduler.stop();
    this.#requester.abort();
    this.#requester.close();
    this.#eventLoopDelay.disable();
    await this.#journal.close();
    for (const { connection } of this.#devices) connection?.close();
    for (const chunk of this.#attempts.takeChunks(true)) this.#send({ kind: 'chunk', chunk });
    this.#send({ kind: 'finished', figures: this.figures() });
  }

  figures(): WorkerFigures {
    const { user, system } = process.cpuUsage();
    const delayMaxMs = this.#eventLoopDelay.max / nsPerMs;
    return {
      worker: this.#job.worker,
      devices: this.#devices.length,
      loggedIn: this.#devices.filter(({ token }) => token !== undefined).length,
      loginsFailed: this.#loginsFailed,
      droppedArrivals: this.#dropped,
      cpuSeconds: (user + system) / 1_000_000,
      // The monitor counts its own 10 ms of sleep; before it was enabled it holds nothing.
      eventLoopDelayMaxMs: Math.max(0, Number.isFinite(delayMaxMs) ? delayMaxMs - 10 : 0),
    };
  }
}
