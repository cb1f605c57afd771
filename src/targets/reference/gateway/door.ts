import type { Identity } from '../sessions/session-registry.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { LimitKey } from './limit-settings.ts';
import type { LimitStore, LimitVerdict } from './limit-store.ts';

/** What a request shows at the door. */
interface Visitor {
  readonly token: string;
  /** Where it comes from, as the server sees it. */
  readonly address: string;
}

/** Whether a request with a token may go on. */
type DoorResult =
  /** `limit` is undefined where there is none. */
  | { readonly kind: 'admitted'; readonly identity: Identity; readonly limit?: LimitVerdict }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'limited'; readonly limit: LimitVerdict };

/** What every request with a token passes before its work begins. */
export interface Door {
  /** Checks the session and takes from the allowance. */
  admit(visitor: Visitor): Promise<DoorResult>;
}

/** The key under which a request counts. */
export function limitKeyOf(
  key: LimitKey,
  { userId, deviceId }: Pick<Identity, 'userId' | 'deviceId'>,
  address: string,
): string {
  switch (key) {
    case 'user':
      return `user:${userId}`;
    case 'device':
      return `device:${userId}/${deviceId}`;
    case 'address':
      return `address:${address}`;
    case 'global':
      return 'global';
  }
}

/** A door of any sessions and any limits: two steps, one after the other. */
export function twoStepDoor(
  sessions: Pick<Sessions, 'identify'>,
  limits:
    | { readonly store: LimitStore; readonly key: LimitKey; readonly failOpen: boolean }
    | undefined,
  onFailedOpen: () => void = () => undefined,
): Door {
  return {
    admit: async ({ token, address }) => {
      const identity = await sessions.identify(token);
      if (identity === undefined) return { kind: 'unauthorized' };
      if (limits === undefined) return { kind: 'admitted', identity };
      const key = limitKeyOf(limits.key, identity, address);
      const limit = await limits.store.take(key).catch((error: unknown) => {
        if (!limits.failOpen) throw error;
        onFailedOpen();
        return failedOpen;
      });
      return limit.admitted ? { kind: 'admitted', identity, limit } : { kind: 'limited', limit };
    },
  };
}

/** What is said of a request whose limiter could not be asked (Spring Cloud Gateway: remaining −1). */
const failedOpen: LimitVerdict = {
  admitted: true,
  remaining: -1,
  retryAfterMs: 0,
  resetAfterMs: 0,
};
