import type { LimiterSettings } from '../../../policies/limiters/limiter-settings.ts';

/** Whose requests count together. */
export const limitKeys = ['user', 'device', 'address', 'global'] as const;
export type LimitKey = (typeof limitKeys)[number];

/** Where allowances are kept. */
export const limitStoreNames = ['postgres', 'redis', 'memory'] as const;
type LimitStoreName = (typeof limitStoreNames)[number];

/** The rate limit at the gateway. Plain. */
export interface GatewayLimit {
  readonly limiter: LimiterSettings;
  readonly key: LimitKey;
  readonly store: LimitStoreName;
  /** Whether requests pass when the store cannot be asked. */
  readonly failOpen: boolean;
}
