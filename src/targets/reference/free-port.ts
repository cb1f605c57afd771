import { createServer } from 'node:net';
import { systemCodeOf } from '../../core/errors.ts';

/** Below what Linux and macOS give to outgoing connections (32768 and up). */
const firstPort = 20_000;
const portCount = 12_000;
const maxTries = 200;

/**
 * A port of `host` that nobody listens on. Not one the system would pick: when the only server
 * process is killed, the port is closed for a moment, and one of a load generator's thousands of
 * outgoing connections could take it as its own.
 *
 * @param start where to begin looking; different for every caller, such as its process id
 */
export async function freePort(host: string, start: number): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const port = firstPort + ((start + tries) % portCount);
    try {
      await tryListening(host, port);
      return port;
    } catch (error) {
      if (systemCodeOf(error) !== 'EADDRINUSE' || tries >= maxTries) throw error;
    }
  }
}

function tryListening(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    // Exclusive, or a cluster's primary would share what it holds already.
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}
