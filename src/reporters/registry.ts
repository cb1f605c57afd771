import { csvReporter } from './csv.ts';
import { githubReporter } from './github.ts';
import { htmlReporter } from './html.ts';
import { jsonReporter } from './json.ts';
import { junitReporter } from './junit.ts';
import { markdownReporter } from './markdown.ts';
import { prometheusReporter } from './prometheus.ts';
import type { Reporter } from './reporter.ts';
import { terminalReporter } from './terminal.ts';

/** Every reporter by name. One file and one line each. */
export const reporters = {
  terminal: terminalReporter,
  json: jsonReporter,
  html: htmlReporter,
  junit: junitReporter,
  github: githubReporter,
  markdown: markdownReporter,
  csv: csvReporter,
  prometheus: prometheusReporter,
} as const satisfies Record<string, Reporter>;
