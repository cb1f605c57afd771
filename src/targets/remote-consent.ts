import { FlashsimError } from '../core/errors.ts';
import type { TargetContext } from './reference/options.ts';

/** Whether `host` can only be this machine: loopback names and addresses, or a socket's folder. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === '' || name.startsWith('/') || name === 'localhost') return true;
  if (name === '::1' || name.startsWith('::ffff:127.')) return true;
  return /^127(?:\.\d{1,3}){3}$/.test(name);
}

/**
 * Throws REMOTE_NOT_ALLOWED unless `host` is loopback or both consents name it: `allowHosts` in the
 * scenario and `--allow-remote` on the command line.
 *
 * @param what what is reached there, such as `the server under test`
 */
export function requireConsent(
  host: string,
  what: string,
  context: Pick<TargetContext, 'allowRemote' | 'allowHosts'>,
): void {
  if (isLoopback(host)) return;
  const named = context.allowHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase());
  if (named && context.allowRemote) return;
  const missing = [
    ...(named ? [] : [`add \`${host}\` to \`allowHosts\` in the scenario`]),
    ...(context.allowRemote ? [] : ['give `--allow-remote` on the command line']),
  ];
  throw new FlashsimError('REMOTE_NOT_ALLOWED', {
    what: `${what} is on \`${host}\`, which is not this machine.`,
    why: 'A load test can take a server down. Leaving this machine needs two consents.',
    fix: `If the host is yours to load, ${missing.join(' and ')}.`,
  });
}
