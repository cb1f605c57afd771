import { assert } from '../core/assert.ts';
import {
  type Epoch,
  type NowNs,
  nsPerMs,
  runClock,
  takeEpoch,
  wallClockMs,
} from '../core/clock.ts';
import { FlashsimError } from '../core/errors.ts';
import type { AbortRecord, ControlRecord } from '../history/run-record.ts';
import { capturedOpening, openingMs } from '../scenarios/opening.ts';
import type { Scenario } from '../scenarios/schema.ts';
import type { ProtocolSpec, SaleTerms, Target } from '../targets/target.ts';
import { AbortWatch } from './abort-watch.ts';
import { contractBy } from './addresses.ts';
import { BacklogSampler } from './backlog-sampler.ts';
import { cpuSecondsOf } from './cpu-time.ts';
import { Fleet } from './fleet.ts';
import { residentBytes } from './memory.ts';
import { makePlan, type Plan, planHash } from './plan.ts';
import { planFigures } from './plan-figures.ts';
import {
  controlSkipped,
  interruptedReason,
  ownServerReason,
  playControl,
} from './positive-control.ts';
import { awaitIdle, type Quiesced, quiesce } from './quiesce.ts';
import type { RunOutcome } from './run-outcome.ts';
import {
  dueNs,
  playTimedActions,
  type SaleInstants,
  type TimedActionsRecord,
} from './timed-actions.ts';
import { warmUpAdvice } from './warm-up-advice.ts';
import { workerCount } from './worker-count.ts';
import type { WorkerProgress } from './worker-protocol.ts';

/** Where a run stands, in the order in which the phases follow each other. */
type Phase =
  | 'provision'
  | 'warm-up'
  | 'waiting'
  | 'open'
  | 'drain'
  | 'quiesce'
  | 'control'
  | 'audit';

/** What is worth showing while a run is under way. */
export interface PlayProgress extends WorkerProgress {
  readonly phase: Phase;
  readonly elapsedMs: number;
  /** Milliseconds until the opening; undefined while it is not known. */
  readonly toOpeningMs: number | undefined;
  readonly requestsPerS: number;
}

/** What a run is played with. */
export interface PlayOptions {
  readonly runId: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly target: Target;
  readonly journalPath: string;
  /** Whether to play the positive control; it applies to the reference server only. */
  readonly control: boolean;
  readonly onProgress: (progress: PlayProgress) => void;
  /** Aborted by the first SIGINT: nothing more is sent, what is known is judged. */
  readonly signal: AbortSignal;
  /** Told of the threshold that ends the run, when one does. */
  readonly onAbort?: (abort: AbortRecord) => void;
}

/** Share of devices that must be logged in for the run to mean what the scenario says. */
const loggedInMin = 0.5;
/** From "every worker is ready" to t = 0: time for the message to arrive everywhere. */
const beginLeadMs = 100;

/** Plays a scenario against a target, from provisioning to the snapshot that is judged. */
export async function play(options: PlayOptions): Promise<RunOutcome> {
  const run = new Run(options);
  try {
    return await run.play();
  } finally {
    await run.stop();
  }
}

class Run {
  readonly #options: PlayOptions;
  readonly #epoch: Epoch = takeEpoch();
  readonly #now: NowNs = runClock(this.#epoch);
  readonly #fleet = new Fleet();
  readonly #backlog: BacklogSampler;
  #actions: TimedActionsRecord = { faults: [], events: [] };
  readonly #warnings: string[] = [];
  readonly #aborted: Promise<void>;
  /** Aborted by the signal of the options, or by a threshold. */
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #watch: AbortWatch;
  #abort: AbortRecord | undefined;
  #phase: Phase = 'provision';
  #openingAtNs: number | undefined;
  #rssMaxBytes = 0;
  #targetCpuSeconds = 0;
  #ticker: NodeJS.Timeout | undefined;
  #rates: { atNs: number; requests: number }[] = [];

  constructor(options: PlayOptions) {
    this.#options = options;
    const { target, scenario } = options;
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#signal = signal;
    this.#watch = new AbortWatch(scenario);
    this.#backlog = new BacklogSampler(target, this.#now);
    this.#aborted = new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async play(): Promise<RunOutcome> {
    const { scenario, seed, target, runId } = this.#options;
    const signal = this.#signal;
    const startedAtMs = wallClockMs();
    this.#ticker = setInterval(() => this.#tick(), 200);
    this.#enter('provision');
    const absoluteMs = absoluteOpeningMs(scenario);
    const protocol = await target.start();
    const toldMs = target.opensAtMs?.();
    const openingNs = openingMs(scenario) * nsPerMs;
    const plan = makePlan(scenario, seed, openingNs);

    this.#enter('warm-up');
    if (!signal.aborted) await this.#warmUp(protocol, openingNs, plan);

    const zero = this.#zero(toldMs ?? absoluteMs, openingNs);
    const opening = {
      zeroNs: zero,
      opensNs: zero + openingNs,
      opensAtMs: this.#wallMs(zero + openingNs),
      closesAtMs: closingMs(scenario, this.#wallMs(zero)),
    };
    if (!signal.aborted) await this.#sell(opening);
    const settled = await this.#settle();
    const checks = (await target.checks?.()) ?? [];
    const control = await this.#playControl(plan, openingNs, settled);
    await target.tearDown?.();

    const { attempts, warm } = this.#fleet;
    return {
      runId,
      epoch: this.#epoch,
      startedAtMs,
      contract: contractBy(scenario.workload.addresses, target.contract()),
      attempts: attempts.sortedByTime(),
      truth: settled.truth,
      quiesced: settled.quiesced,
      truthNote: settled.note,
      interrupted: signal.aborted,
      ...(this.#abort === undefined ? {} : { abort: this.#abort }),
      plan: planFigures(plan),
      opening: { ...opening, ...warm },
      ...this.#actions,
      backlog: this.#backlog.samples,
      checks,
      control,
      incidents: target.incidents(),
      warnings: this.#warnings,
      workers: this.#fleet.figures,
      rssMaxBytes: this.#rssMaxBytes,
      targetCpuSeconds: this.#targetCpuSeconds,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    await this.#fleet.stop();
  }

  async #warmUp(protocol: ProtocolSpec, openingNs: number, plan: Plan): Promise<void> {
    const { scenario, seed, runId, journalPath } = this.#options;
    const workers = workerCount(scenario.workload);
    const jobs = Array.from({ length: workers }, (_, worker) => ({
      runId,
      worker,
      workers,
      seed,
      scenario,
      openingNs,
      epoch: this.#epoch,
      protocol,
      journalPath,
    }));
    this.#fleet.start(jobs);
    await this.#orAborted(this.#fleet.reached('prepared'));
    if (this.#signal.aborted) return;
    const { figures, planHashes } = this.#fleet;
    const own = planHash(plan);
    assert(
      planHashes.every((hash) => hash === own),
      'every worker made the same plan',
    );
    const loggedIn = figures.reduce((sum, worker) => sum + worker.loggedIn, 0);
    const devices = figures.reduce((sum, worker) => sum + worker.devices, 0);
    const { reference, http } = scenario.target;
    const onExceed = (reference?.sessions ?? http?.contract)?.onExceed;
    // Where the cap denies logins, many devices are meant to stay outside.
    if (loggedIn < devices * loggedInMin && onExceed !== 'deny') {
      throw new FlashsimError('WARM_UP_FAILED', {
        what: `only ${loggedIn} of ${devices} devices could connect and log in`,
        ...warmUpAdvice(figures),
      });
    }
  }

  /** t = 0: soon, or so that an absolute opening is kept. */
  #zero(absoluteMs: number | undefined, openingNs: number): number {
    const soonestNs = this.#now() + beginLeadMs * nsPerMs;
    if (absoluteMs === undefined) return soonestNs;
    const zeroNs = (absoluteMs - this.#epoch.wallMs) * nsPerMs - openingNs;
    if (zeroNs >= soonestNs) return zeroNs;
    throw new FlashsimError('OPENING_MISSED', {
      what: `the warm-up took longer than the time left to the opening at ${new Date(absoluteMs).toISOString()}`,
      fix: 'Start earlier, or give opensAt as a duration such as 3s.',
    });
  }

  #wallMs(atNs: number): number {
    return this.#epoch.wallMs + atNs / nsPerMs;
  }

  async #sell(opening: SaleInstants & Pick<SaleTerms, 'opensAtMs' | 'closesAtMs'>): Promise<void> {
    const { target, runId, scenario } = this.#options;
    const signal = this.#signal;
    await target.openSale({ runId, opensAtMs: opening.opensAtMs, closesAtMs: opening.closesAtMs });
    this.#openingAtNs = opening.opensNs;
    const closesNs = this.#closesNs(opening);
    this.#fleet.broadcast({ kind: 'begin', zeroNs: opening.zeroNs, closesNs });
    this.#enter('waiting');
    const over = new AbortController();
    const cpuBefore = cpuSecondsOf(target.processIds());
    const actions = playTimedActions({
      target,
      scenario,
      instants: opening,
      now: this.#now,
      over: AbortSignal.any([over.signal, signal]),
    });
    // An own server would have to read its whole store for the answer.
    if (scenario.faults.length > 0 && scenario.target.reference !== undefined) {
      this.#backlog.start();
    }
    const opened = setTimeout(
      () => this.#enter('open'),
      Math.max(0, (opening.opensNs - this.#now()) / nsPerMs),
    );
    try {
      const drained = this.#fleet.reached('drained');
      await this.#orAborted(drained);
      if (signal.aborted) this.#fleet.broadcast({ kind: 'halt' });
      await drained;
      // Of processes that were replaced meanwhile the first life is missing.
      this.#targetCpuSeconds = Math.max(0, cpuSecondsOf(target.processIds()) - cpuBefore);
      this.#enter('drain');
    } finally {
      clearTimeout(opened);
      this.#backlog.stop();
      over.abort();
    }
    this.#actions = await actions;
  }

  /** When the sale closes as planned, on the run's clock: by its terms or by an event. */
  #closesNs(
    opening: SaleInstants & { readonly closesAtMs: number | undefined },
  ): number | undefined {
    const closing = this.#options.scenario.events.find((event) => 'close' in event);
    if (closing !== undefined) return dueNs(closing, opening);
    const { closesAtMs } = opening;
    return closesAtMs === undefined ? undefined : (closesAtMs - this.#epoch.wallMs) * nsPerMs;
  }

  async #settle(): Promise<Quiesced> {
    const { target, scenario } = this.#options;
    const signal = this.#signal;
    const idle = (): Promise<boolean> => awaitIdle(target, this.#now, scenario.client.timeout);
    if (this.#fleet.processIds.length > 0) {
      if (signal.aborted) this.#fleet.broadcast({ kind: 'halt' });
      // A look-up while the order is still being worked on would say "not found" too early.
      await idle();
      if (!signal.aborted) {
        this.#fleet.broadcast({ kind: 'resolve' });
        await this.#orAborted(this.#fleet.reached('resolved'));
      }
      this.#fleet.broadcast({ kind: 'finish' });
      await this.#fleet.reached('finished');
    }
    this.#enter('quiesce');
    return quiesce(target, this.#now);
  }

  /** The sale's evidence is complete by now: nothing that the control does can change it. */
  async #playControl(plan: Plan, openingNs: number, settled: Quiesced): Promise<ControlRecord> {
    const { target, scenario, control } = this.#options;
    const signal = this.#signal;
    if (scenario.target.reference === undefined) return controlSkipped(ownServerReason);
    if (!control) return controlSkipped('--no-control');
    if (signal.aborted) return controlSkipped(interruptedReason);
    if (!settled.quiesced) {
      return { ...controlSkipped('the server had not come to rest'), state: 'failed' };
    }
    this.#enter('control');
    const halt = (): void => this.#fleet.broadcast({ kind: 'halt' });
    signal.addEventListener('abort', halt, { once: true });
    const record = await playControl({
      target,
      fleet: this.#fleet,
      scenario,
      plan,
      openingNs,
      now: this.#now,
      signal,
    });
    signal.removeEventListener('abort', halt);
    return record;
  }

  /** Waits for `work`, but no longer than until the run is stopped. */
  async #orAborted(work: Promise<void>): Promise<void> {
    work.catch(() => undefined);
    await Promise.race([work, this.#aborted]);
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#tick();
  }

  /** Ends the run when a threshold that may do so has failed. */
  #lookAtThresholds(nowNs: number): void {
    if (this.#phase !== 'open' || this.#signal.aborted) return;
    this.#abort = this.#watch.look(this.#fleet.live, nowNs - (this.#openingAtNs ?? nowNs));
    if (this.#abort === undefined) return;
    this.#options.onAbort?.(this.#abort);
    this.#stop.abort();
  }

  #tick(): void {
    const nowNs = this.#now();
    this.#lookAtThresholds(nowNs);
    const { progress } = this.#fleet;
    const processes = [
      process.pid,
      ...this.#fleet.processIds,
      ...this.#options.target.processIds(),
    ];
    this.#rssMaxBytes = Math.max(this.#rssMaxBytes, residentBytes(processes));
    this.#rates = [...this.#rates.slice(-5), { atNs: nowNs, requests: progress.requests }];
    const [oldest] = this.#rates;
    const spanNs = nowNs - (oldest?.atNs ?? nowNs);
    this.#options.onProgress({
      ...progress,
      phase: this.#phase,
      elapsedMs: nowNs / nsPerMs,
      toOpeningMs:
        this.#openingAtNs === undefined ? undefined : (this.#openingAtNs - nowNs) / nsPerMs,
      requestsPerS:
        spanNs === 0 ? 0 : ((progress.requests - (oldest?.requests ?? 0)) * 1e9) / spanNs,
    });
  }
}

function absoluteOpeningMs({ sale }: Scenario): number | undefined {
  if (typeof sale.opensAt !== 'string' || capturedOpening(sale.opensAt) !== undefined) {
    return undefined;
  }
  return Date.parse(sale.opensAt);
}

function closingMs({ sale }: Scenario, zeroMs: number): number | undefined {
  if (sale.closesAt === undefined) return undefined;
  return typeof sale.closesAt === 'string' ? Date.parse(sale.closesAt) : zeroMs + sale.closesAt;
}
