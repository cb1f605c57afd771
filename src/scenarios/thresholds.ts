import { parseDurationMs, parsePercent } from '../core/units.ts';
import { percentiles } from '../metrics/names.ts';

/** A limit on a metric or invariant: the value must compare so with `limit`. */
export interface Threshold {
  readonly metric: string;
  readonly comparison: '<' | '<=' | '>' | '>=' | '==';
  /** In the metric's unit: µs for latencies, a count or a ratio for the rest. */
  readonly limit: number;
  /** As it was written, for reports. */
  readonly text: string;
}

const pattern = /^\s*(<=|>=|==|<|>)?\s*(.+?)\s*$/;

/** `0`, `"< 800ms"`, `"<= 1%"` → a threshold; undefined when it cannot be read. A bare number means `<=`. */
export function parseThreshold(metric: string, written: number | string): Threshold | undefined {
  if (typeof written === 'number') {
    return { metric, comparison: '<=', limit: written, text: `<= ${written}` };
  }
  const [, comparison = '<=', value = ''] = pattern.exec(written) ?? [];
  const limit = parseLimit(value);
  if (limit === undefined) return undefined;
  return { metric, comparison: comparison as Threshold['comparison'], limit, text: written.trim() };
}

function parseLimit(value: string): number | undefined {
  const durationMs = parseDurationMs(value);
  if (durationMs !== undefined) return durationMs * 1_000;
  const percent = parsePercent(value);
  if (percent !== undefined) return percent;
  const plain = Number(value);
  return value === '' || !Number.isFinite(plain) ? undefined : plain;
}

/** Whether `value` is within the threshold. */
export function meets(threshold: Threshold, value: number): boolean {
  switch (threshold.comparison) {
    case '<':
      return value < threshold.limit;
    case '<=':
      return value <= threshold.limit;
    case '>':
      return value > threshold.limit;
    case '>=':
      return value >= threshold.limit;
    case '==':
      return value === threshold.limit;
  }
}

/** A threshold as a scenario has it: a limit, or one with what is to be done when it fails. */
export type ThresholdSetting = number | string | AbortingSetting;

/** A limit that may end the run. */
interface AbortingSetting {
  readonly limit: number | string;
  readonly abortOnFail: boolean;
  /** From the opening, in milliseconds: until then it is not looked at. */
  readonly delayAbortEval: number;
}

/** The limit of a threshold, as it was written. */
export function limitOf(setting: ThresholdSetting): number | string {
  return typeof setting === 'object' ? setting.limit : setting;
}

/**
 * What is known while a run goes on, and so can end it. The rest follows from the store, or from all
 * attempts together.
 */
export const liveMetrics: readonly string[] = [
  'oversell',
  'attempts',
  'amplification',
  'timeouts',
  'rateLimited',
  ...Object.keys(percentiles).flatMap((name) => [`order.${name}`, `order.service.${name}`]),
];
