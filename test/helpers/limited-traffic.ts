import { nsPerMs } from '../../src/core/clock.ts';
import type { Rng } from '../../src/core/rng.ts';
import type { Attempt } from '../../src/history/attempt.ts';
import type { HistoryBuilder } from './history-builder.ts';
import type { ModelLimiter } from './model-limiters.ts';

/** How the traffic of one key comes, and what becomes of it on the way. Times in ms. */
export interface Traffic {
  readonly requests: number;
  /** Largest time between two requests; bursts are much denser. */
  readonly gapMaxMs: number;
  /** Largest time from sent to done. */
  readonly latencyMaxMs: number;
  /** Share of requests whose answer never comes; half of them never reached the limiter either. */
  readonly lostShare: number;
  /** Share of requests that something else refuses, half of them behind the limiter. */
  readonly refusedShare: number;
  /** What the server's clock shows beyond the runner's; it may differ from request to request. */
  readonly clockMs: (rng: Rng) => number;
  /** The server's clock counts whole milliseconds. */
  readonly wholeMs: boolean;
}

/** Calm traffic that loses nothing, on one clock. */
export const plainTraffic: Traffic = {
  requests: 40,
  gapMaxMs: 60,
  latencyMaxMs: 8,
  lostShare: 0,
  refusedShare: 0,
  clockMs: () => 0,
  wholeMs: false,
};

interface Planned {
  readonly sentMs: number;
  readonly decidedMs: number;
  readonly doneMs: number;
  readonly fate: 'answered' | 'request-lost' | 'answer-lost' | 'refused-before' | 'refused-behind';
}

/** Plays the traffic of one user on a limiter and writes down what the user saw. */
export function playTraffic(
  builder: HistoryBuilder,
  rng: Rng,
  user: number,
  limiter: ModelLimiter,
  traffic: Traffic,
): void {
  const planned = plan(rng, traffic);
  const answers = new Map<Planned, boolean>();
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const request of [...planned].sort((a, b) => a.decidedMs - b.decidedMs)) {
    if (request.fate === 'request-lost' || request.fate === 'refused-before') continue;
    // One limiter has one order of decisions; a clock that steps back is read as standing still.
    const readMs = request.decidedMs + traffic.clockMs(rng);
    lastMs = Math.max(lastMs, traffic.wholeMs ? Math.floor(readMs) : readMs);
    answers.set(request, limiter(lastMs));
  }
  for (const request of planned) {
    builder.attempt({
      intent: user,
      user,
      operation: rng.next() < 0.5 ? 'order' : 'page',
      sentNs: Math.round(request.sentMs * nsPerMs),
      doneNs: Math.round(request.doneMs * nsPerMs),
      ...answerOf(rng, request, answers.get(request)),
    });
  }
}

function plan(rng: Rng, traffic: Traffic): Planned[] {
  const planned: Planned[] = [];
  // Instants on a coarse grid meet the edges of windows exactly.
  const coarse = rng.next() < 0.5;
  const onGrid = (ms: number): number => (coarse ? Math.round(ms) : ms);
  let sentMs = 10 + onGrid(rng.next() * 1_000);
  for (let request = 0; request < traffic.requests; request += 1) {
    const isBurst = rng.next() < 0.5;
    sentMs += onGrid(rng.next() * traffic.gapMaxMs * (isBurst ? 0.05 : 1));
    const latencyMs = onGrid(rng.next() ** 2 * traffic.latencyMaxMs);
    const draw = rng.next();
    const decidedMs = sentMs + latencyMs * (draw < 0.2 ? 0 : draw < 0.4 ? 1 : rng.next());
    planned.push({ sentMs, decidedMs, doneMs: sentMs + latencyMs, fate: fateOf(rng, traffic) });
  }
  return planned;
}

function fateOf(rng: Rng, { lostShare, refusedShare }: Traffic): Planned['fate'] {
  const draw = rng.next();
  const half = rng.next() < 0.5;
  if (draw < lostShare) return half ? 'request-lost' : 'answer-lost';
  if (draw < lostShare + refusedShare) return half ? 'refused-before' : 'refused-behind';
  return 'answered';
}

const behind = ['sold-out', 'not-open', 'limit-per-user', 'closed'] as const;
const elsewhere = ['overloaded', 'unauthorized', 'bad-request'] as const;

function answerOf(rng: Rng, { fate }: Planned, admitted: boolean | undefined): Partial<Attempt> {
  if (fate === 'request-lost' || fate === 'answer-lost') {
    return { outcome: 'info', code: 'timeout', status: 0 };
  }
  if (admitted === false) return { outcome: 'fail', code: 'limited', status: 429 };
  if (fate !== 'answered') {
    const code = elsewhere[Math.floor(rng.next() * elsewhere.length)] ?? 'overloaded';
    return { outcome: 'fail', code, status: 503 };
  }
  const draw = rng.next();
  if (draw < 0.4) return { outcome: 'ok', code: 'ok', status: 200 };
  if (draw < 0.5) return { outcome: 'info', code: 'pending', status: 202 };
  const code = behind[Math.floor(rng.next() * behind.length)] ?? 'sold-out';
  return { outcome: 'fail', code, status: 409 };
}
