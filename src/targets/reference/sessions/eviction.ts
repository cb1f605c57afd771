import type { OnExceed } from './settings.ts';

/** A session as the choice of which to end sees it. */
export interface AliveSession {
  readonly sessionId: string;
  readonly deviceId: string;
  /** Place in the order of logins. */
  readonly seq: number;
  /** Place in the order of uses, such as a time. */
  readonly lastUsed: number;
}

/** What a login of one more device does to the sessions that there are. */
export type CapDecision =
  | { readonly kind: 'refuse' }
  | {
      readonly kind: 'admit';
      /** Of the device that logs in. */
      readonly replaced: readonly string[];
      /** Above the cap. */
      readonly evicted: readonly string[];
    };

/**
 * Keeps the cap: pure. Of `size` other devices `size − maximum + 1` go, so that the cap holds even if it
 * was exceeded before (Spring Security, `ConcurrentSessionControlAuthenticationStrategy`).
 *
 * @param alive sessions of one user
 * @param maximum devices that may be logged in, 1 or more; undefined for no cap
 */
export function capDecision(
  alive: readonly AliveSession[],
  deviceId: string,
  { maximum, onExceed }: { readonly maximum: number | undefined; readonly onExceed: OnExceed },
): CapDecision {
  const replaced = alive.filter((session) => session.deviceId === deviceId);
  const others = alive.filter((session) => session.deviceId !== deviceId);
  const surplus = maximum === undefined ? 0 : Math.max(0, others.length - maximum + 1);
  if (surplus > 0 && onExceed === 'deny') return { kind: 'refuse' };
  const order = onExceed === 'terminate-least-recently-used' ? 'lastUsed' : 'seq';
  const evicted = others.toSorted((a, b) => a[order] - b[order] || a.seq - b.seq).slice(0, surplus);
  const idOf = ({ sessionId }: AliveSession): string => sessionId;
  return { kind: 'admit', replaced: replaced.map(idOf), evicted: evicted.map(idOf) };
}
