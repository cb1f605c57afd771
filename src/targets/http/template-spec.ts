import type { OutcomeRule, RequestTemplates } from './options.ts';

/** How a server is asked that has an API of its own: plain, so that it can be sent to a process. */
export interface TemplateSpec {
  readonly runId: string;
  readonly requests: RequestTemplates;
  readonly outcomes: readonly OutcomeRule[];
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: boolean;
  readonly feeders: Feeders;
  /** What setup requests have captured, by name. */
  readonly setup: Readonly<Record<string, string>>;
  /** What no example of an answer shows. */
  readonly secrets: readonly string[];
}

/** Rows of a feeder, one for each person. */
export interface FeederRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Feeders by name. */
export type Feeders = Readonly<Record<string, FeederRows>>;
