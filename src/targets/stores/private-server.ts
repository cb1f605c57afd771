import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type NowNs, nsPerMs, runClock, sleep, takeEpoch } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { signalGroup } from './cleanup.ts';
import { makePrivateFolder } from './private-folders.ts';
import type { Reaper } from './reaper.ts';
import { type ServerAccount, type StartFailure, spawnAs } from './server-account.ts';

/** What is the same for every start of one server. */
export interface PrivateServerSettings {
  /** Start of its folder's path, such as `/tmp/flashsim-pg`: the last part must begin with `flashsim-`. */
  readonly folderPrefix: string;
  readonly account: ServerAccount;
  readonly reaper: Reaper;
  readonly env: NodeJS.ProcessEnv;
  /** Sent to end it, the gentlest first, each with how long it may take. SIGKILL follows by itself. */
  readonly stopSignals: readonly (readonly [signal: NodeJS.Signals, timeoutMs: number])[];
  /** Sent first by the reaper, should this process die. */
  readonly reapSignal: NodeJS.Signals;
  /** Makes the error of a start that failed. */
  readonly unavailable: StartFailure;
}

/** One start of a server. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the process of that id takes connections; asked every few milliseconds. */
  readonly isReady: (pid: number) => boolean | Promise<boolean>;
}

const startTimeoutMs = 60_000;
const pollMs = 5;
const killTimeoutMs = 5_000;

/**
 * A server program in a fresh folder of mode 0700, in a session of its own, watched by the reaper.
 * Its output goes to `server.log` in the folder. Everything is gone after {@link stop}.
 */
export class PrivateServer {
  /** Belongs to the server's account. */
  readonly folder: string;
  readonly #settings: PrivateServerSettings;
  #child: ChildProcess | undefined;
  #spawnError: Error | undefined;
  #command: ServerCommand | undefined;
  #stopped: Promise<void> | undefined;

  /** Makes the folder. */
  constructor(settings: PrivateServerSettings) {
    this.#settings = settings;
    const { folderPrefix, account, reaper, unavailable } = settings;
    this.folder = makePrivateFolder(folderPrefix, account, reaper, unavailable);
  }

  /** Of the process that was started last; 0 before the first start. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts the program, and waits until it takes connections. */
  async start(command: ServerCommand): Promise<void> {
    this.#spawn(command);
    await this.#ready(command, runClock(takeEpoch()));
  }

  /** SIGKILL, as a crash is; resolves when the process is gone. Its folder stays. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === 0) return;
    await this.#endsOn(pid, 'SIGKILL', killTimeoutMs);
    this.#settings.reaper.forgetProcess(pid);
  }

  /**
   * {@link kill}, and a new start on what is in the folder. A start may end at once while children of
   * the dead process still hold its data: it is tried again for as long as a start may take.
   *
   * @param command the last one unless told
   */
  async restart(command: ServerCommand | undefined = this.#command): Promise<void> {
    await this.kill();
    if (command === undefined) throw this.#settings.unavailable('It was never started.');
    const elapsedNs = runClock(takeEpoch());
    for (;;) {
      this.#spawn(command);
      try {
        await this.#ready(command, elapsedNs);
        return;
      } catch (error) {
        const hopeless = !this.#hasEnded() || this.#stopped !== undefined;
        if (hopeless || elapsedNs() / nsPerMs > startTimeoutMs) throw error;
        this.#settings.reaper.forgetProcess(this.pid);
        await sleep(pollMs * 10);
      }
    }
  }

  /** Ends the process and removes the folder. Never throws for a server that has died. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #spawn(command: ServerCommand): void {
    const { account, env, reaper, reapSignal, unavailable } = this.#settings;
    const { program, args } = command;
    if (this.#stopped !== undefined) throw unavailable('It was stopped while it started.');
    const log = openSync(this.#logPath, 'a', 0o600);
    try {
      // Its own session: a terminal's Ctrl-C must not reach it before the run has been closed.
      const child = spawn(program, args, {
        cwd: this.folder,
        env,
        detached: true,
        stdio: ['ignore', log, log],
        ...spawnAs(account),
      });
      this.#child = child;
      this.#command = command;
      child.on('error', (error) => {
        this.#spawnError = error;
      });
      child.unref();
      if (child.pid === undefined) throw unavailable(`${program} cannot be run.`);
      reaper.watchProcess(child.pid, { signal: reapSignal });
    } finally {
      closeSync(log);
    }
  }

  async #ready({ isReady }: ServerCommand, elapsedNs: NowNs): Promise<void> {
    const { unavailable } = this.#settings;
    while (this.#hasEnded() || !(await isReady(this.pid))) {
      if (this.#spawnError !== undefined) throw unavailable(messageOf(this.#spawnError));
      if (this.#hasEnded()) throw unavailable(`The server ended: ${this.#logTail()}`);
      if (elapsedNs() / nsPerMs > startTimeoutMs) {
        throw unavailable(
          `The server was not ready after ${startTimeoutMs / 1000} s: ${this.#logTail()}`,
        );
      }
      await sleep(pollMs);
    }
  }

  async #stop(): Promise<void> {
    const { reaper, stopSignals } = this.#settings;
    const { pid, folder } = this;
    if (pid !== 0) {
      for (const [signal, timeoutMs] of [...stopSignals, ['SIGKILL', killTimeoutMs] as const]) {
        if (await this.#endsOn(pid, signal, timeoutMs)) break;
      }
      reaper.forgetProcess(pid);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    reaper.forgetDirectory(folder);
  }

  async #endsOn(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || this.#hasEnded()) return true;
    const timer = new AbortController();
    const ended = once(child, 'exit').then(() => timer.abort());
    signalGroup(pid, signal);
    await Promise.race([ended, sleep(timeoutMs, timer.signal)]);
    return this.#hasEnded();
  }

  #hasEnded(): boolean {
    return (
      this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
    );
  }

  #logTail(): string {
    try {
      return readFileSync(this.#logPath, 'utf8').trim().split('\n').slice(-8).join('\n');
    } catch {
      return 'it wrote no log';
    }
  }

  get #logPath(): string {
    return join(this.folder, 'server.log');
  }
}
