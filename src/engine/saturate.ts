import { type ChildProcess, fork } from 'node:child_process';
import { FlashsimError } from '../core/errors.ts';
import { builtFile } from '../core/package-files.ts';
import { LatencyHistogram } from '../metrics/histogram.ts';
import { type Measured, nextConnections } from './knee-search.ts';
import type { FromSaturation, SaturatedWork, SaturationJob } from './saturation-job.ts';

/** How a server is saturated. */
export interface SaturateOptions {
  readonly work: SaturatedWork;
  readonly connectionsMax: number;
  readonly warmUpMs: number;
  /** Measured time of one step. */
  readonly measureMs: number;
  readonly timeoutMs: number;
  /** An answer that takes longer is no goodput. */
  readonly latencyMaxMs: number;
  /** Aborted to stop: the steps so far are what there is. */
  readonly signal: AbortSignal;
  readonly onStep: (connections: number, last: SaturationStep | undefined) => void;
}

/** One step, measured. Rates are per second of its measured time. */
export interface SaturationStep extends Measured {
  readonly answersPerS: number;
  /** Of all answers, in µs. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Good answers that took longer than the bound, per second. */
  readonly latePerS: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Connections that broke, and answers that did not come in time. */
  readonly errors: number;
  /** Share of one core that the load took. */
  readonly cpuShare: number;
}

/** A process that has not told anything this long after its step should be over is hung. */
const graceMs = 10_000;
/** autocannon keeps bodies as they come in: a server that floods it ends the process, not the machine. */
const heapMiB = 512;
/** Requests of one step, at most: keys of the next step begin behind them. */
const requestsPerStepMax = 100_000_000;

/** Measures one number of connections after the other until the knee is found, or it is stopped. */
export async function saturate(options: SaturateOptions): Promise<SaturationStep[]> {
  const { connectionsMax, signal, onStep } = options;
  const steps: SaturationStep[] = [];
  let connections = nextConnections(steps, connectionsMax);
  while (connections !== undefined && !signal.aborted) {
    onStep(connections, steps.at(-1));
    const job = jobOf(options, connections, steps.length * requestsPerStepMax);
    const told = await new Step(job, signal).play();
    if (told === undefined) return steps;
    steps.push(stepOf(connections, told));
    connections = nextConnections(steps, connectionsMax);
  }
  return steps;
}

function jobOf(options: SaturateOptions, connections: number, firstRequest: number): SaturationJob {
  const { work, warmUpMs, measureMs, timeoutMs, latencyMaxMs } = options;
  return { work, connections, warmUpMs, measureMs, timeoutMs, latencyMaxMs, firstRequest };
}

type Told = Extract<FromSaturation, { readonly kind: 'figures' }>;

function stepOf(connections: number, { figures, cpuSeconds, elapsedMs }: Told): SaturationStep {
  if (figures.flooded) {
    throw new FlashsimError('TARGET_UNAVAILABLE', {
      what: 'The server under test answered with a body of more than 1 MiB.',
      why: 'Nobody knows whether it would ever end.',
      fix: 'Name an operation or a URL with smaller answers.',
    });
  }
  const perS = (count: number): number => (count * 1000) / figures.measuredMs;
  const latency = LatencyHistogram.deserialise(figures.latency);
  return {
    connections,
    goodputPerS: perS(figures.good),
    answersPerS: perS(figures.answers),
    p50Us: latency.percentile(50),
    p99Us: latency.percentile(99),
    latePerS: perS(figures.late),
    codes: figures.codes,
    errors: figures.errors,
    cpuShare: (cpuSeconds * 1000) / elapsedMs,
  };
}

/** One step in a process of its own. */
class Step {
  readonly #job: SaturationJob;
  readonly #signal: AbortSignal;
  readonly #child: ChildProcess;

  constructor(job: SaturationJob, signal: AbortSignal) {
    this.#job = job;
    this.#signal = signal;
    this.#child = fork(builtFile('engine/saturation-entry.js'), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [`--max-old-space-size=${heapMiB}`],
    });
  }

  /** What the step came to; undefined when it was stopped. Throws when its process failed. */
  async play(): Promise<Told | undefined> {
    const stop = (): void => void this.#child.kill('SIGKILL');
    const { warmUpMs, measureMs, timeoutMs } = this.#job;
    const limit = setTimeout(stop, warmUpMs + measureMs + timeoutMs + graceMs);
    this.#signal.addEventListener('abort', stop, { once: true });
    try {
      const message = await this.#ended();
      if (this.#signal.aborted) return undefined;
      if (message?.kind === 'figures') return message;
      throw new FlashsimError('ENGINE_FAILED', {
        what: `The load with ${this.#job.connections} connections ended before it was measured.`,
        why: message?.message ?? 'Its process ended by itself.',
        fix: 'Try fewer connections (--max-connections); a server that floods its clients can do this too.',
      });
    } finally {
      clearTimeout(limit);
      this.#signal.removeEventListener('abort', stop);
    }
  }

  /** What the process told before it ended. */
  async #ended(): Promise<FromSaturation | undefined> {
    const child = this.#child;
    let told: FromSaturation | undefined;
    child.on('message', (message: FromSaturation) => {
      told = message;
    });
    // The channel is empty only when it was closed, which may be after the end of the process.
    const ended = ['exit', 'disconnect'].map(
      (event) => new Promise<void>((resolve) => child.once(event, () => resolve())),
    );
    const failed = new Promise<void>((resolve) => child.once('error', () => resolve()));
    child.send(this.#job, () => undefined);
    await Promise.race([Promise.all(ended), failed]);
    return told;
  }
}
