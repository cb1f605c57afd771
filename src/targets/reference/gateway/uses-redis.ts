import type { SessionSettings } from '../sessions/settings.ts';
import type { GatewayLimit } from './limit-settings.ts';

/** Whether anything of the gateway is in Redis. */
export function gatewayUsesRedis(
  { store, tokens }: Partial<SessionSettings>,
  rateLimiter: GatewayLimit | null | undefined,
): boolean {
  const denylist = tokens?.kind === 'jwt' ? tokens.denylist : undefined;
  return [store, denylist, rateLimiter?.store].includes('redis');
}
