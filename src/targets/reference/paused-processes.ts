import type { Worker } from 'node:cluster';

interface Pause {
  readonly timer: NodeJS.Timeout;
  readonly resumed: () => void;
}

/**
 * Server processes that are stopped (SIGSTOP) and will go on (SIGCONT): as in a long garbage collection
 * or a virtual machine that is moved, they keep their connections and locks and know of nothing.
 */
export class PausedProcesses {
  readonly #pauses = new Map<Worker, Pause>();

  /** @param resumed called when it goes on, and not when it dies before */
  pause(worker: Worker, durationMs: number, resumed: () => void = () => undefined): void {
    worker.process.kill('SIGSTOP');
    const timer = setTimeout(() => this.#resume(worker), durationMs);
    this.#pauses.set(worker, { timer, resumed });
  }

  has(worker: Worker): boolean {
    return this.#pauses.has(worker);
  }

  resumeAll(): void {
    for (const worker of [...this.#pauses.keys()]) this.#resume(worker);
  }

  /** It has died: there is nothing to resume. */
  forget(worker: Worker): void {
    clearTimeout(this.#pauses.get(worker)?.timer);
    this.#pauses.delete(worker);
  }

  #resume(worker: Worker): void {
    const pause = this.#pauses.get(worker);
    this.forget(worker);
    worker.process.kill('SIGCONT');
    pause?.resumed();
  }
}
