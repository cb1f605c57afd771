import cluster, { type Worker } from 'node:cluster';
import process from 'node:process';
import { assertNever } from '../../core/assert.ts';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import { closeUntakenConnections } from './dealt-connections.ts';
import type { FailpointName } from './failpoints.ts';
import { freePort } from './free-port.ts';
import { mergedReport } from './gateway/gateway-report.ts';
import {
  type Answer,
  type FromPrimary,
  type FromServer,
  PendingAnswers,
  type PrimaryConfig,
  type Question,
  type ServerQuestion,
  type ToPrimary,
  type ToServer,
  type Trap,
} from './ipc.ts';
import { PausedProcesses } from './paused-processes.ts';
import { Traps } from './traps.ts';

/** A server process that does not answer within this is stuck. */
const askTimeoutMs = 5_000;
/** After this many deaths in a row before it was ready, a place stays empty. */
const maxFailedStarts = 5;

/** One of the places among which connections are dealt out; its process may be replaced. */
interface Slot {
  readonly instance: number;
  worker: Worker;
  pending: PendingAnswers;
  /** It has loaded and was sent its settings; before that it hears nothing. */
  configured: boolean;
  ready: boolean;
  failedStarts: number;
}

/** Runs the primary: forks the server processes, replaces those that die, obeys the CLI. */
export function runPrimary(): void {
  let primary: Primary | undefined;
  process.on('message', (message: ToPrimary) => {
    switch (message.type) {
      case 'configure':
        primary = new Primary(message.config);
        void primary.start();
        break;
      case 'ask':
        void primary?.answer(message.question).then((answer) => {
          send({ type: 'answer', id: message.id, answer });
        });
        break;
      case 'stop':
        primary?.killAll();
        process.exit(0);
        break;
      default:
        assertNever(message, 'message');
    }
  });
  // Whoever started this is gone, perhaps without a word: nothing may be left running.
  process.on('disconnect', () => {
    primary?.killAll();
    process.exit(0);
  });
}

function send(message: FromPrimary): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

class Primary {
  readonly #config: PrimaryConfig;
  readonly #slots: Slot[] = [];
  /** Processes killed on purpose: their death is no incident. */
  readonly #killed = new Set<number>();
  readonly #paused = new PausedProcesses();
  readonly #traps = new Traps();
  #sale: PrimaryConfig['sale'];
  #port = 0;
  #told: 'nothing' | 'ready' | 'failed' = 'nothing';
  #stopping = false;
  /** Processes that faults of the scenario have chosen so far: they take turns. */
  #chosen = 0;

  constructor(config: PrimaryConfig) {
    this.#config = config;
    this.#sale = config.sale;
  }

  async start(): Promise<void> {
    const { host, port, processes } = this.#config;
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.on('message', (worker, message: FromServer) => this.#hear(worker, message));
    cluster.on('exit', (worker, code, signal: string | null) =>
      this.#bury(worker, signal ?? `exit code ${code}`),
    );
    try {
      this.#port = port === 0 ? await freePort(host, process.pid) : port;
    } catch (error) {
      this.#fail(messageOf(error), systemCodeOf(error) === 'EADDRINUSE');
      return;
    }
    for (let instance = 1; instance <= processes; instance += 1) {
      this.#slots.push({ instance, ...this.#fork(), failedStarts: 0 });
    }
    this.#tellProcesses();
  }

  async answer(question: Question): Promise<Answer> {
    switch (question.kind) {
      case 'set-sale':
        this.#sale = question.sale;
        return this.#askAll(question);
      case 'in-flight':
      case 'slow':
      case 'cache-report':
      case 'warm-up':
      case 'gateway-report':
      case 'orders':
        return this.#askAll(question);
      case 'kill':
        return this.#toOne((slot) => this.#kill(slot));
      case 'pause':
        return this.#toOne((slot) => this.#pause(slot, question.durationMs));
      case 'arm':
        return this.#arm(question.trap);
      case 'heal':
        return this.#heal();
      default:
        return assertNever(question, 'question');
    }
  }

  killAll(): void {
    this.#stopping = true;
    for (const { worker } of this.#slots) worker.process.kill('SIGKILL');
  }

  #fork(): Omit<Slot, 'instance' | 'failedStarts'> {
    const pending = new PendingAnswers();
    const worker = cluster.fork();
    closeUntakenConnections(worker.process);
    return { worker, pending, configured: false, ready: false };
  }

  #configure(slot: Slot): void {
    const { host, settings } = this.#config;
    const { instance, worker } = slot;
    slot.configured = true;
    this.#sendTo(worker, {
      type: 'configure',
      instance,
      host,
      port: this.#port,
      settings,
      sale: this.#sale,
      armed: this.#traps.names(),
    });
  }

  #sendTo(worker: Worker, message: ToServer): void {
    // One that is just dying cannot hear; its exit settles what was asked of it.
    if (worker.isConnected()) worker.process.send(message, undefined, {}, () => undefined);
  }

  #hear(worker: Worker, message: FromServer): void {
    const slot = this.#slots.find((candidate) => candidate.worker === worker);
    if (slot === undefined) return;
    switch (message.type) {
      case 'loaded':
        this.#configure(slot);
        break;
      case 'ready':
        slot.ready = true;
        slot.failedStarts = 0;
        if (this.#told === 'nothing' && this.#slots.every(({ ready }) => ready)) {
          this.#told = 'ready';
          send({ type: 'ready', port: this.#port });
        }
        break;
      case 'failed':
        if (this.#told === 'nothing') this.#fail(message.reason, message.portInUse);
        else worker.process.kill('SIGKILL');
        break;
      case 'answer':
        slot.pending.settle(message.id, message.answer);
        break;
      case 'hit':
        this.#hit(slot, message);
        break;
      case 'ask':
        void this.answer(message.question).then((answer) => {
          this.#sendTo(worker, { type: 'answer', id: message.id, answer });
        });
        break;
      case 'incident':
        send(message);
        break;
      default:
        assertNever(message, 'message');
    }
  }

  #fail(reason: string, portInUse: boolean): void {
    this.#told = 'failed';
    this.killAll();
    send({ type: 'failed', reason, portInUse });
  }

  #bury(worker: Worker, cause: string): void {
    const slot = this.#slots.find((candidate) => candidate.worker === worker);
    if (slot === undefined || this.#stopping) return;
    const pid = worker.process.pid ?? 0;
    this.#paused.forget(worker);
    slot.pending.abandon('the server process died');
    if (!slot.ready) slot.failedStarts += 1;
    slot.ready = false;
    const injected = this.#killed.delete(pid);
    const name = `server process ${slot.instance} (pid ${pid})`;
    if (slot.failedStarts >= maxFailedStarts) {
      const reason = `${name} died ${maxFailedStarts} times while starting (${cause})`;
      if (this.#told === 'nothing') this.#fail(reason, false);
      else send({ type: 'incident', message: `${reason} and is not replaced any more` });
      return;
    }
    if (!injected) send({ type: 'incident', message: `${name} died (${cause}) and was replaced` });
    Object.assign(slot, this.#fork());
    this.#tellProcesses();
  }

  #tellProcesses(): void {
    send({ type: 'processes', pids: this.#slots.map(({ worker }) => worker.process.pid ?? 0) });
  }

  /** Does something to one of the processes that are up, each in its turn. */
  #toOne(deed: (slot: Slot) => string): Answer {
    const up = this.#slots.filter(
      ({ ready, worker }) => ready && !worker.isDead() && !this.#paused.has(worker),
    );
    const victim = up[this.#chosen % Math.max(1, up.length)];
    if (victim === undefined) return { kind: 'not-done', detail: 'no server process was up' };
    this.#chosen += 1;
    return { kind: 'done', detail: deed(victim) };
  }

  #kill({ instance, worker }: Slot): string {
    const pid = worker.process.pid ?? 0;
    this.#killed.add(pid);
    worker.process.kill('SIGKILL');
    return `killed server process ${instance} (pid ${pid})`;
  }

  #pause({ instance, worker }: Slot, durationMs: number, resumed?: () => void): string {
    this.#paused.pause(worker, durationMs, resumed);
    return `paused server process ${instance} (pid ${worker.process.pid ?? 0})`;
  }

  #arm(trap: Trap): Promise<Answer> {
    const settled = this.#traps.arm(trap);
    this.#tellArmed();
    return settled;
  }

  #tellArmed(): void {
    const failpoints = this.#traps.names();
    // One that is still loading is configured with what is armed then.
    for (const { configured, worker } of this.#slots) {
      if (configured) this.#sendTo(worker, { type: 'armed', failpoints });
    }
  }

  /** The process waits at the failpoint: what is done to it is done to it just there. */
  #hit(slot: Slot, { id, failpoint }: { readonly id: number; readonly failpoint: FailpointName }) {
    const { worker } = slot;
    // What it said before it died still comes in.
    if (this.#killed.has(worker.process.pid ?? 0)) return;
    const goOn = (): void => this.#sendTo(worker, { type: 'go-on', id });
    const sprung = this.#traps.hit(failpoint);
    if (sprung === undefined) {
      goOn();
      return;
    }
    const { hit, pauseMs } = sprung.trap;
    const deed = pauseMs === null ? this.#kill(slot) : this.#pause(slot, pauseMs, goOn);
    sprung.settle({ kind: 'done', detail: `${deed} at hit ${hit} of ${failpoint}` });
    this.#tellArmed();
  }

  #heal(): Answer {
    this.#paused.resumeAll();
    this.#traps.disarm();
    this.#tellArmed();
    return { kind: 'done', detail: 'no failpoint is armed, and nothing is paused' };
  }

  /**
   * Asks every server process. One that is still loading will be configured with what holds then;
   * one that dies meanwhile has nothing to answer for.
   */
  async #askAll(question: ServerQuestion): Promise<Answer> {
    const asked = this.#slots.filter(({ configured, worker }) => configured && !worker.isDead());
    const answers = await Promise.all(
      asked.map(async ({ worker, pending }) => {
        const answer = await pending.ask((id) => {
          this.#sendTo(worker, { type: 'ask', id, question });
        }, askTimeoutMs);
        return { answer, dead: worker.isDead() };
      }),
    );
    const told = answers.filter(({ dead }) => !dead).map(({ answer }) => answer);
    const stuck = told.find(({ kind }) => kind === 'not-done');
    if (stuck !== undefined) return stuck;
    if (question.kind === 'in-flight') {
      const counts = told.map((answer) => (answer.kind === 'count' ? answer.count : 0));
      return { kind: 'count', count: counts.reduce((sum, count) => sum + count, 0) };
    }
    if (question.kind === 'cache-report') {
      const reports = told.flatMap((answer) =>
        answer.kind === 'cache-reports' ? answer.reports : [],
      );
      return { kind: 'cache-reports', reports };
    }
    if (question.kind === 'gateway-report') {
      const reports = told.flatMap((one) => (one.kind === 'gateway-report' ? [one.report] : []));
      return { kind: 'gateway-report', report: mergedReport(reports) };
    }
    if (question.kind === 'orders' && told[0] !== undefined) return told[0];
    if (question.kind !== 'set-sale' && told.length === 0) {
      return { kind: 'not-done', detail: 'no server process was up' };
    }
    return { kind: 'done', detail: `${told.length} server processes told` };
  }
}
