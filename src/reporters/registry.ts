import { jsonReporter } from './json.ts';
import type { Reporter } from './reporter.ts';
import { terminalReporter } from './terminal.ts';

/** Every reporter by name. One file and one line each. */
export const reporters = {
  terminal: terminalReporter,
  json: jsonReporter,
} as const satisfies Record<string, Reporter>;
