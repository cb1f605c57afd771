/**
 * Rate limiters written down from their textbook definitions, as sources of histories. They share no
 * code with the ones in src/policies, nor with the checkers that are tested on them.
 */

/** True when a request at `nowMs` (of the server's clock, not falling) is let through. */
export type ModelLimiter = (nowMs: number) => boolean;

/** Keeps the instants of the last `limit` admissions. */
export function slidingLog(limit: number, windowMs: number): ModelLimiter {
  const log: number[] = [];
  return (nowMs) => {
    while (log.length > 0 && (log[0] ?? 0) <= nowMs - windowMs) log.shift();
    if (log.length >= limit) return false;
    log.push(nowMs);
    return true;
  };
}

/** Counts per window of the clock. */
export function fixedWindow(limit: number, windowMs: number): ModelLimiter {
  let window = Number.NaN;
  let count = 0;
  return (nowMs) => {
    const current = Math.floor(nowMs / windowMs);
    if (current !== window) count = 0;
    window = current;
    if (count >= limit) return false;
    count += 1;
    return true;
  };
}

/** Counts per window that begins with the first request after the one before. */
export function firstHitWindow(limit: number, windowMs: number): ModelLimiter {
  let endsMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (nowMs) => {
    if (nowMs >= endsMs) {
      endsMs = nowMs + windowMs;
      count = 0;
    }
    if (count >= limit) return false;
    count += 1;
    return true;
  };
}

/** Fills up at `burst / windowMs`. `levelAtZero`: tokens that earlier traffic left. */
export function bucket(burst: number, windowMs: number, levelAtZero = burst): ModelLimiter {
  let level = levelAtZero;
  let atMs = 0;
  return (nowMs) => {
    level = Math.min(burst, level + ((nowMs - atMs) * burst) / windowMs);
    atMs = nowMs;
    if (level < 1 - 1e-9) return false;
    level -= 1;
    return true;
  };
}

/** Generic cell rate algorithm: keeps the theoretical arrival time of the next request. */
export function gcra(burst: number, windowMs: number): ModelLimiter {
  const intervalMs = windowMs / burst;
  let arrivalMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    const next = Math.max(nowMs, arrivalMs) + intervalMs;
    if (nowMs < next - windowMs - 1e-9) return false;
    arrivalMs = next;
    return true;
  };
}
