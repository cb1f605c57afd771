import { type ErrorCode, FlashsimError, messageOf, systemCodeOf } from '../core/errors.ts';
import type { Endpoint } from './endpoint.ts';

interface Explanation {
  readonly code: ErrorCode;
  readonly why: string;
  readonly fix: string;
}

const checkServer = 'Check that the server runs and that host and port are right.';

const explanations: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: {
    code: 'TARGET_UNAVAILABLE',
    why: 'Nothing listens there, or its queue of new connections is full.',
    fix: checkServer,
  },
  ETIMEDOUT: {
    code: 'TARGET_UNAVAILABLE',
    why: 'The host did not answer.',
    fix: 'Check the address, and firewalls on the way.',
  },
  ENOTFOUND: {
    code: 'TARGET_UNAVAILABLE',
    why: 'The host name is not known.',
    fix: 'Check the spelling of the host.',
  },
  EADDRNOTAVAIL: {
    code: 'TOO_MANY_CONNECTIONS',
    why: 'No local port is free: each connection to one server takes one, for a minute after its end too.',
    fix: 'Use fewer devices, wait a minute, or widen net.ipv4.ip_local_port_range.',
  },
  EMFILE: {
    code: 'TOO_MANY_CONNECTIONS',
    why: 'This process has as many files and sockets open as it may.',
    fix: 'Use fewer devices, or raise the limit of open files (ulimit -n).',
  },
  ENFILE: {
    code: 'TOO_MANY_CONNECTIONS',
    why: 'The machine has as many files and sockets open as it may.',
    fix: 'Use fewer devices, or raise fs.file-max.',
  },
};

/**
 * The error of a connection that could not be made, with what to do about it.
 *
 * @param cause what the socket reported, or in words why flashsim gave up
 */
export function connectError(endpoint: Endpoint, cause: unknown): FlashsimError {
  const explained = explanations[systemCodeOf(cause) ?? ''];
  return new FlashsimError(explained?.code ?? 'TARGET_UNAVAILABLE', {
    what: `No connection to ${endpoint.host}:${endpoint.port}.`,
    why: explained?.why ?? messageOf(cause),
    fix: explained?.fix ?? checkServer,
    cause,
  });
}
