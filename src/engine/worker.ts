import { type NowNs, nsPerMs, runClock } from '../core/clock.ts';
import type { OrderJournal } from '../history/journal.ts';
import type { WorkerFigures } from '../history/run-record.ts';
import { AttemptStore } from '../history/store.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { Protocol } from '../targets/target.ts';
import { ConnectionPool } from '../transport/connection-pool.ts';
import { type Connector, createConnector } from '../transport/connector.ts';
import { abortLimitsOf } from './abort-watch.ts';
import { Agenda, type DueKind } from './agenda.ts';
import { connectionSettings } from './connection-settings.ts';
import { ControlPlayer } from './control-player.ts';
import { LiveCounter } from './live-figures.ts';
import { lookUp } from './look-ups.ts';
import { OpenWork } from './open-work.ts';
import { Orders } from './orders.ts';
import { reloadPage } from './page-reloads.ts';
import { makePlan, type Plan, planHash } from './plan.ts';
import { Probes } from './probes.ts';
import { Requester } from './requester.ts';
import { SelfCheck } from './self-check.ts';
import { SessionProbes } from './session-probes.ts';
import { type Device, makeDevices, type Shopper } from './shopper.ts';
import { WarmUp } from './warm-up.ts';
import { productIndexOf, quantityOf, type WorkerContext } from './worker-context.ts';
import { poolShare } from './worker-count.ts';
import type { FromWorker, WorkerJob } from './worker-protocol.ts';

/** How often totals are told and full chunks handed over. */
const progressEveryMs = 200;
/** Connections are checked and mended until this long before the opening. */
const warmUntilMs = 150;
/** How long before that the mending begins. */
const mendMs = 1_000;

/**
 * A load-generating process: connects and logs in the devices of its share of the shoppers, and lets
 * them play the sale as it was planned.
 */
export class Worker {
  readonly #job: WorkerJob;
  readonly #send: (message: FromWorker) => void;
  readonly #now: NowNs;
  readonly #plan: Plan;
  readonly #protocol: Protocol;
  readonly #connector: Connector;
  readonly #pool: ConnectionPool | undefined;
  readonly #attempts = new AttemptStore();
  readonly #live: LiveCounter | undefined;
  readonly #requester: Requester;
  readonly #agenda: Agenda;
  readonly #journal: OrderJournal;
  readonly #devices: readonly Device[];
  readonly #deviceOfIntent: ReadonlyMap<number, Device>;
  readonly #warmUp: WarmUp;
  readonly #orders: Orders;
  readonly #probes: Probes;
  readonly #sessionProbes: SessionProbes;
  readonly #context: WorkerContext;
  readonly #halt = new AbortController();
  readonly #socketErrors = new Map<string, number>();
  readonly #selfCheck: SelfCheck;
  readonly #dueActions: Readonly<Record<DueKind, (shopper: Shopper, dueNs: number) => void>> = {
    order: (shopper, dueNs) => this.#orders.order(shopper, dueNs),
    enter: (shopper, dueNs) => this.#orders.enter(shopper, dueNs),
    refresh: (shopper, dueNs) => reloadPage(this.#context, shopper, dueNs),
    poll: (shopper, dueNs) => this.#orders.poll(shopper, dueNs),
    cancel: (shopper, dueNs) => this.#orders.cancel(shopper, dueNs),
    'before-open': (shopper, dueNs) => this.#probes.beforeOpen(shopper, dueNs),
    'after-close': (shopper, dueNs) => this.#probes.afterClose(shopper, dueNs),
    'evicted-page': (shopper, dueNs) => this.#probes.loadPage(shopper, dueNs),
    'evicted-status': (shopper, dueNs) => this.#probes.askStatus(shopper, dueNs),
    logout: (shopper, dueNs) => this.#sessionProbes.logOut(shopper, dueNs),
    'logout-everywhere': (shopper, dueNs) => this.#sessionProbes.logOutEverywhere(shopper, dueNs),
    'logout-again': (shopper, dueNs) => this.#sessionProbes.logOutAgain(shopper, dueNs),
  };
  #loggedInAtBegin: number | undefined;
  #control: ControlPlayer | undefined;
  #progress: NodeJS.Timeout | undefined;
  #warmTimers: readonly NodeJS.Timeout[] = [];

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
    this.#journal = journal;
    this.#connector = createConnector({
      ...connectionSettings(job.protocol),
      now: this.#now,
      onSocketError: (code) => {
        this.#socketErrors.set(code, (this.#socketErrors.get(code) ?? 0) + 1);
      },
    });
    this.#selfCheck = new SelfCheck({
      now: this.#now,
      cpuSeconds: usedCpuSeconds,
      socketErrors: this.#socketErrors,
    });
    this.#live = liveCounterFor(job.scenario, this.#attempts);
    const share = poolShare(job.scenario.workload, job);
    this.#pool = share === undefined ? undefined : new ConnectionPool(this.#connector, share);
    this.#requester = new Requester({
      now: this.#now,
      protocol,
      connector: this.#connector,
      pool: this.#pool,
      attempts: this.#live ?? this.#attempts,
      worker: job.worker,
      timeoutMs: job.scenario.client.timeout,
      onAnswered: (atNs) => this.#agenda.poke(atNs),
    });
    const { devices, deviceOfIntent } = makeDevices(this.#plan, job);
    this.#devices = devices;
    this.#deviceOfIntent = deviceOfIntent;
    this.#agenda = new Agenda(this.#now, (kind, intent, dueNs) => this.#due(kind, intent, dueNs));
    const halted = this.#halt.signal;
    const context: WorkerContext = {
      job,
      now: this.#now,
      plan: this.#plan,
      protocol,
      requester: this.#requester,
      agenda: this.#agenda,
      journal,
      work: new OpenWork(() => this.#drained()),
      deviceOfIntent: this.#deviceOfIntent,
      halted,
    };
    this.#context = context;
    this.#warmUp = new WarmUp(
      {
        now: this.#now,
        protocol,
        requester: this.#requester,
        pool: this.#pool,
        halted,
        concurrentLogins: job.scenario.workload.concurrentLogins,
      },
      devices,
    );
    this.#probes = new Probes(context);
    this.#sessionProbes = new SessionProbes(context);
    this.#orders = new Orders(context, (...order) => this.#acknowledged(...order));
  }

  #acknowledged(...order: Parameters<Probes['reuseKey']>): void {
    const [{ intent }] = order;
    const context = this.#context;
    this.#live?.acknowledge(productIndexOf(context, intent), quantityOf(context, intent));
    this.#probes.reuseKey(...order);
  }

  /** Connects and logs in every device of this worker. */
  async prepare(): Promise<void> {
    this.#progress = setInterval(() => this.#tell(), progressEveryMs);
    await this.#warmUp.logInAll();
    this.#send({ kind: 'prepared', figures: this.figures(), planHash: planHash(this.#plan) });
  }

  /**
   * Begins at `zeroNs`.
   *
   * @param closesNs the closing on the run's clock; undefined when the sale never closes
   */
  begin(zeroNs: number, closesNs: number | undefined): void {
    this.#loggedInAtBegin = this.#loggedIn();
    this.#selfCheck.begin();
    this.#orders.begin(zeroNs);
    this.#probes.begin(zeroNs, closesNs);
    this.#sessionProbes.begin(zeroNs);
    const opensNs = zeroNs + this.#job.openingNs;
    this.#agenda.start(opensNs);
    const untilNs = opensNs - warmUntilMs * nsPerMs;
    const untilMs = (untilNs - this.#now()) / nsPerMs;
    this.#warmTimers = [
      setTimeout(
        () => void this.#warmUp.mend(this.#devices, opensNs, untilNs),
        Math.max(0, untilMs - mendMs),
      ),
      setTimeout(
        () => this.#send({ kind: 'opening', warm: this.#warmUp.figures() }),
        Math.max(0, untilMs + 100),
      ),
    ];
    this.#context.work.check();
  }

  #due(kind: DueKind, intent: number, dueNs: number): void {
    const device = this.#deviceOfIntent.get(intent);
    if (device === undefined) return;
    this.#selfCheck.started(dueNs);
    this.#dueActions[kind]({ device, intent }, dueNs);
  }

  #drained(): void {
    this.#agenda.stop();
    this.#selfCheck.end();
    this.#send({ kind: 'drained' });
  }

  /** Begins nothing more and gives up what is under way. */
  halt(): void {
    if (this.#halt.signal.aborted) return;
    this.#halt.abort();
    this.#agenda.stop();
    for (const timer of this.#warmTimers) clearTimeout(timer);
    this.#orders.halt();
    this.#requester.abort();
    this.#context.work.clear();
  }

  /** Looks up every order that nobody knows the end of. */
  async resolve(): Promise<void> {
    await lookUp(this.#context, [
      ...this.#orders.uncertain(),
      ...this.#probes.uncertain(),
      ...this.#orders.decided(),
    ]);
    this.#send({ kind: 'resolved' });
  }

  #tell(): void {
    for (const chunk of this.#attempts.takeChunks()) this.#send({ kind: 'chunk', chunk });
    this.#send({
      kind: 'progress',
      progress: {
        devicesReady: this.#loggedIn(),
        devices: this.#devices.length,
        requests: this.#requester.requests,
        inFlight: this.#requester.inFlight,
        behindMs: this.#selfCheck.sample(this.#agenda.nextDueNs),
        codes: { ...this.#orders.codes },
        ...(this.#live === undefined ? {} : { live: this.#live.figures() }),
      },
    });
  }

  /** Hands over what is left of the sale's evidence. The connections stay, for the control. */
  async finish(): Promise<void> {
    clearInterval(this.#progress);
    for (const timer of this.#warmTimers) clearTimeout(timer);
    this.#agenda.stop();
    this.#requester.abort();
    this.#requester.close();
    this.#selfCheck.end();
    await this.#journal.close();
    this.#tell();
    for (const chunk of this.#attempts.takeChunks(true)) this.#send({ kind: 'chunk', chunk });
    this.#send({ kind: 'finished', figures: this.figures() });
  }

  /** Makes ready to play the positive control. */
  async prepareControl(productId: string): Promise<void> {
    this.#control = new ControlPlayer(
      {
        job: this.#job,
        now: this.#now,
        plan: this.#plan,
        protocol: this.#protocol,
        connector: this.#connector,
        pool: this.#pool,
        warmUp: this.#warmUp,
        deviceOfIntent: this.#deviceOfIntent,
        halted: this.#halt.signal,
      },
      productId,
    );
    await this.#control.prepare();
    this.#send({ kind: 'control-ready' });
  }

  /** Plays the positive control from `startNs` on. */
  async playControl(startNs: number): Promise<void> {
    const attempts = (await this.#control?.play(startNs)) ?? 0;
    this.#send({ kind: 'controlled', attempts });
  }

  /** Nobody logs in or out any more once the sale has begun: then it is counted no more either. */
  #loggedIn(): number {
    if (this.#loggedInAtBegin !== undefined) return this.#loggedInAtBegin;
    let count = 0;
    for (const { token } of this.#devices) if (token !== undefined) count += 1;
    return count;
  }

  figures(): WorkerFigures {
    const { count, totalNs, maxNs } = this.#requester.poolWaits;
    const poolWaits = { count, totalMs: totalNs / nsPerMs, maxMs: maxNs / nsPerMs };
    const selfCheck = this.#selfCheck.figures();
    const unmapped = this.#protocol.unmapped?.() ?? [];
    return {
      worker: this.#job.worker,
      devices: this.#devices.length,
      loggedIn: this.#loggedIn(),
      loginsFailed: this.#warmUp.loginsFailed,
      droppedArrivals: this.#orders.dropped,
      cpuSeconds: usedCpuSeconds(),
      eventLoopDelayMaxMs: selfCheck?.eventLoopDelayMaxMs ?? 0,
      ...(this.#pool === undefined ? {} : { poolWaits }),
      ...(selfCheck === undefined ? {} : { selfCheck }),
      ...(unmapped.length === 0 ? {} : { unmapped }),
    };
  }
}

/** Nothing is counted twice where no threshold can end the run. */
function liveCounterFor(scenario: Scenario, attempts: AttemptStore): LiveCounter | undefined {
  return abortLimitsOf(scenario).length === 0 ? undefined : new LiveCounter(attempts);
}

/** CPU time of this process so far. */
function usedCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}
