import type { ChildProcess } from 'node:child_process';

/** What node:cluster hands to a server process: an accepted connection of libuv. */
interface Closable {
  close(): void;
}

/**
 * Closes the connections that were dealt to `child` but not taken when it died.
 *
 * node:cluster accepts in the primary, deals the connection out, and closes its own copy when the
 * server process confirms. When that one is killed in between, the copy stays open for ever and the
 * client waits for an answer that nobody will send; a killed server resets its connections. There is
 * no public hook, so the cluster's own messages are watched; should their shape change in a later
 * Node, nothing is closed and nothing else breaks.
 */
export function closeUntakenConnections(child: ChildProcess): void {
  const dealt = new Map<number, Closable>();
  const send = child.send.bind(child) as (...args: readonly unknown[]) => boolean;
  child.send = (...args: readonly unknown[]): boolean => {
    const [message, handle] = args;
    const sequence = numberIn(message, 'seq');
    if (sequence !== undefined && isClosable(handle)) dealt.set(sequence, handle);
    return send(...args);
  };
  child.on('internalMessage', (message: unknown) => {
    const sequence = numberIn(message, 'ack');
    if (sequence !== undefined) dealt.delete(sequence);
  });
  child.once('exit', () => {
    for (const handle of dealt.values()) handle.close();
    dealt.clear();
  });
}

function numberIn(message: unknown, key: 'seq' | 'ack'): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const value: unknown = Reflect.get(message, key);
  return Reflect.get(message, 'cmd') === 'NODE_CLUSTER' && typeof value === 'number'
    ? value
    : undefined;
}

function isClosable(value: unknown): value is Closable {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'close') === 'function';
}
