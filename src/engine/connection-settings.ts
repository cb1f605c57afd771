import { createSecureContext, type SecureContext } from 'node:tls';
import type { Endpoint, ProtocolSpec } from '../targets/target.ts';

/** Where connections go, and which certificates they trust: made once for all of a process. */
export function connectionSettings({ endpoint, tls }: Pick<ProtocolSpec, 'endpoint' | 'tls'>): {
  readonly endpoint: Endpoint;
  readonly secureContext?: SecureContext;
} {
  return tls === undefined ? { endpoint } : { endpoint, secureContext: createSecureContext(tls) };
}
