import { readFile } from 'node:fs/promises';
import { builtFile } from '../core/package-files.ts';

/** Scenarios that come with flashsim: what each is for. Each is `builtin/<name>.yaml`. */
export const builtins = {
  'sale-opening':
    'Everybody comes at the opening: 500 pairs, thousands of people, several devices each.',
  'retry-storm': 'A short fault, and retries that keep the server down after it, or not.',
  'multi-device':
    'Every person logs in on up to five devices, where two are allowed and one unit each.',
  'login-race': 'Four devices of a person log in at once, where one is allowed.',
  'bot-swarm': 'Bots with five devices and hoarders with ten accounts come before the people do.',
  'waiting-room':
    'A waiting room in front of the sale: what it spares the server, and who gets in.',
  'rate-limit-edge':
    'Ten requests a second for each person, and what gets through at the edge of a second.',
  'restock-and-cancel':
    'Cancels, a restock and a closing while the sale runs, and shoppers who test the rules.',
  'launch-day':
    'Early birds, bots, a herd and latecomers, for three products of which one is wanted most.',
  'scale-out': 'A lock inside the process meets a second process.',
  'lock-expiry': 'A process is paused for longer than its lock in Redis lives.',
  'cache-loss': 'Redis loses the count in the middle of the sale, and it is made anew.',
  'crash-mid-order': 'A server process dies right after it took the units of an order.',
  'stock-lab': 'A small sale in which every race shows itself; what `flashsim matrix` plays.',
  'late-warm-up':
    'Cached stock is warmed up after the opening, and once more while people are buying.',
} as const satisfies Record<string, string>;

/** Names of the built-in scenarios. */
export const builtinNames: readonly string[] = Object.keys(builtins);

/** Path of a built-in's file. `name` is one of {@link builtinNames}. */
export function builtinFile(name: string): string {
  return builtFile(`scenarios/builtin/${name}.yaml`);
}

/** The text of a built-in, comments included. */
export function builtinText(name: string): Promise<string> {
  return readFile(builtinFile(name), 'utf8');
}
