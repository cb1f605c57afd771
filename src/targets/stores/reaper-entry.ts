import { createInterface } from 'node:readline';
import { type ReaperMessage, WatchList } from './cleanup.ts';

/**
 * The watchdog process. It learns over standard input what the CLI has started, and cleans up when
 * that pipe closes without a goodbye: the kernel closes it however the CLI ended, SIGKILL included.
 */

/** PostgreSQL itself gives its children 5 s on SIGQUIT. */
const graceMs = 7_000;

// A terminal's Ctrl-C or a supervisor's SIGTERM is meant for the CLI, which says goodbye in time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/** A line that was cut off by the CLI's death is no message. */
function parse(line: string): ReaperMessage | undefined {
  try {
    return JSON.parse(line) as ReaperMessage;
  } catch {
    return undefined;
  }
}

const watchList = new WatchList();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = parse(line);
  if (message !== undefined) watchList.apply(message);
  if (message?.op === 'goodbye') process.exit(0);
});
lines.on('close', () => {
  watchList.reap(graceMs);
  process.exit(0);
});
// A reset instead of an end: readline closes either way, this only keeps it from being thrown.
process.stdin.on('error', () => lines.close());
