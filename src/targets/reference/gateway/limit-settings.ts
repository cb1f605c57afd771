import type { LimiterSettings } from '../../../policies/limiters/limiter-settings.ts';
import type { LimitKey } from './door.ts';

/** Where allowances are kept. */
export const limitStoreNames = ['postgres', 'redis', 'memory'] as const;
export type LimitStoreName = (typeof limitStoreNames)[number];

/** The rate limit at the gateway. Plain. */
export interface GatewayLimit {
  readonly limiter: LimiterSettings;
  readonly key: LimitKey;
  readonly store: LimitStoreName;
  /** Whether requests pass when the store cannot be asked. */
  readonly failOpen: boolean;
}
