import { type ChildProcess, fork } from 'node:child_process';
import { FlashsimError } from '../core/errors.ts';
import { builtFile } from '../core/package-files.ts';
import type { WorkerFigures } from '../history/run-record.ts';
import { AttemptStore } from '../history/store.ts';
import type { LiveFigures } from './live-figures.ts';
import type {
  FromWorker,
  ToWorker,
  WarmFigures,
  WorkerJob,
  WorkerProgress,
} from './worker-protocol.ts';

/** A step of the protocol that every worker must reach. */
type Milestone =
  | 'prepared'
  | 'opening'
  | 'drained'
  | 'resolved'
  | 'finished'
  | 'control-ready'
  | 'controlled';

/**
 * The load-generating processes of a run, driven as one. Each is a process apart from the CLI and
 * from the servers, so that neither's work delays a click.
 */
export class Fleet {
  readonly attempts = new AttemptStore();
  readonly #members: Member[] = [];
  readonly #waiters: {
    milestone: Milestone;
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  #failure: FlashsimError | undefined;

  /** Starts one process per job. */
  start(jobs: readonly WorkerJob[]): void {
    for (const job of jobs) {
      const child = fork(builtFile('engine/worker-entry.js'), [], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      const member: Member = {
        child,
        reached: new Set(),
        figures: undefined,
        warm: undefined,
        planHash: '',
        controlAttempts: 0,
        progress: undefined,
        stderr: '',
      };
      this.#members.push(member);
      child.stderr?.on('data', (chunk: Buffer) => {
        member.stderr = (member.stderr + chunk.toString()).slice(-4_000);
      });
      child.on('message', (message: FromWorker) => this.#hear(member, message));
      child.on('error', (error) =>
        this.#fail(`a load-generating process failed: ${error.message}`),
      );
      child.on('exit', (code, signal) => {
        if (member.reached.has('finished')) return;
        const how = signal === null ? `with code ${code ?? 'unknown'}` : `by ${signal}`;
        this.#fail(
          `a load-generating process ended ${how} before its work was done`,
          member.stderr,
        );
      });
      this.#tell(member, { kind: 'prepare', job });
    }
  }

  broadcast(message: ToWorker): void {
    for (const member of this.#members) this.#tell(member, message);
  }

  /** Resolves once every worker has reached `milestone`; rejects when one died. */
  reached(milestone: Milestone): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#all(milestone)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ milestone, resolve, reject }));
  }

  get processIds(): number[] {
    return this.#members.flatMap(({ child }) => (child.pid === undefined ? [] : [child.pid]));
  }

  get figures(): WorkerFigures[] {
    return this.#members.flatMap(({ figures }) => (figures === undefined ? [] : [figures]));
  }

  get planHashes(): string[] {
    return this.#members.map(({ planHash }) => planHash);
  }

  /** Requests sent for the positive control. */
  get controlAttempts(): number {
    return this.#members.reduce((sum, member) => sum + member.controlAttempts, 0);
  }

  /** Totals over all workers, as they last told; of the one furthest behind, how far. */
  get progress(): WorkerProgress {
    const codes: Record<string, number> = {};
    let [devicesReady, devices, requests, inFlight, behindMs] = [0, 0, 0, 0, 0];
    for (const { progress } of this.#members) {
      if (progress === undefined) continue;
      devicesReady += progress.devicesReady;
      devices += progress.devices;
      requests += progress.requests;
      inFlight += progress.inFlight;
      behindMs = Math.max(behindMs, progress.behindMs);
      for (const [code, count] of Object.entries(progress.codes))
        codes[code] = (codes[code] ?? 0) + count;
    }
    return { devicesReady, devices, requests, inFlight, behindMs, codes };
  }

  /** What each worker told last of what can end the run. */
  get live(): LiveFigures[] {
    return this.#members.flatMap(({ progress }) => progress?.live ?? []);
  }

  /** Warm connections over all workers; zeros when the opening was never reached. */
  get warm(): WarmFigures {
    const perInstance: Record<string, number> = {};
    let [connections, warmConnections] = [0, 0];
    for (const { warm } of this.#members) {
      if (warm === undefined) continue;
      connections += warm.connections;
      warmConnections += warm.warmConnections;
      for (const [instance, count] of Object.entries(warm.perInstance)) {
        perInstance[instance] = (perInstance[instance] ?? 0) + count;
      }
    }
    return { connections, warmConnections, perInstance };
  }

  /** Ends every process, finished or not. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#members.map(async ({ child, reached }) => {
        reached.add('finished');
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = new Promise((resolve) => child.once('exit', resolve));
        if (child.connected) child.disconnect();
        const killer = setTimeout(() => child.kill('SIGKILL'), 2_000);
        await exited;
        clearTimeout(killer);
      }),
    );
  }

  #tell(member: Member, message: ToWorker): void {
    if (member.child.connected) member.child.send(message);
  }

  #hear(member: Member, message: FromWorker): void {
    switch (message.kind) {
      case 'progress':
        member.progress = message.progress;
        return;
      case 'chunk':
        this.attempts.addChunk(message.chunk);
        return;
      case 'failed':
        this.#fail('a load-generating process failed', message.message);
        return;
      case 'prepared':
        member.planHash = message.planHash;
        member.figures = message.figures;
        break;
      case 'opening':
        member.warm = message.warm;
        break;
      case 'finished':
        member.figures = message.figures;
        break;
      case 'controlled':
        member.controlAttempts = message.attempts;
        break;
      case 'drained':
      case 'resolved':
      case 'control-ready':
        break;
    }
    member.reached.add(message.kind);
    if (!this.#all(message.kind)) return;
    for (const waiter of this.#waiters.filter(({ milestone }) => milestone === message.kind))
      waiter.resolve();
  }

  #all(milestone: Milestone): boolean {
    return this.#members.length > 0 && this.#members.every(({ reached }) => reached.has(milestone));
  }

  #fail(what: string, detail = ''): void {
    this.#failure ??= new FlashsimError('ENGINE_FAILED', {
      what,
      ...(detail.trim() === '' ? {} : { why: detail.trim() }),
      fix: 'Run again with --verbose; if it happens again, report it with the run folder.',
    });
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure);
  }
}

interface Member {
  readonly child: ChildProcess;
  readonly reached: Set<Milestone>;
  figures: WorkerFigures | undefined;
  warm: WarmFigures | undefined;
  planHash: string;
  controlAttempts: number;
  progress: WorkerProgress | undefined;
  stderr: string;
}
