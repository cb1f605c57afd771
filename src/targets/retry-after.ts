import { wallClockMs } from '../core/clock.ts';
import type { WireResponse } from './target.ts';

/** `Retry-After`: whole seconds or an HTTP date (RFC 9110 §10.2.3), in ms; undefined when unusable. */
export function retryAfterOf(response: Pick<WireResponse, 'header'>): number | undefined {
  const value = response.header('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const dateMs = Date.parse(value);
  if (!/[a-z]/i.test(value) || Number.isNaN(dateMs)) return undefined;
  // The server's own clock, where it says: its date means nothing on ours.
  const serverNowMs = Date.parse(response.header('date') ?? '');
  return Math.max(0, dateMs - (Number.isNaN(serverNowMs) ? wallClockMs() : serverNowMs));
}
