import { nsPerMs } from '../core/clock.ts';
import type { AbortRecord } from '../history/run-record.ts';
import { LatencyHistogram, type SerialisedHistogram } from '../metrics/histogram.ts';
import { type Percentile, percentiles } from '../metrics/names.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { meets, parseThreshold, type Threshold } from '../scenarios/thresholds.ts';
import type { LiveFigures } from './live-figures.ts';

interface AbortLimit {
  readonly threshold: Threshold;
  readonly delayMs: number;
}

/** The thresholds of a scenario that end the run (`abortOnFail`). */
export function abortLimitsOf({ thresholds }: Pick<Scenario, 'thresholds'>): readonly AbortLimit[] {
  return Object.entries(thresholds).flatMap(([metric, setting]) => {
    if (typeof setting !== 'object' || !setting.abortOnFail) return [];
    const threshold = parseThreshold(metric, setting.limit);
    return threshold === undefined ? [] : [{ threshold, delayMs: setting.delayAbortEval }];
  });
}

/**
 * Looks whether a threshold has failed that is to end the run, as k6 does
 * ([thresholds](https://grafana.com/docs/k6/latest/using-k6/thresholds/)): as soon as it fails, but not before
 * `delayAbortEval` is over. k6 counts that from the start of the test; here it counts from the opening,
 * before which there is nothing to be measured.
 */
export class AbortWatch {
  readonly #scenario: Scenario;
  readonly #limits: readonly AbortLimit[];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#limits = abortLimitsOf(scenario);
  }

  /**
   * The first threshold that fails; undefined while all hold.
   *
   * @param workers what each load-generating process told last
   * @param sinceOpeningNs from the opening until now; below 0 before it
   */
  look(workers: readonly LiveFigures[], sinceOpeningNs: number): AbortRecord | undefined {
    for (const { threshold, delayMs } of this.#limits) {
      if (sinceOpeningNs < delayMs * nsPerMs) continue;
      const value = this.#valueOf(threshold.metric, workers);
      if (value === undefined || meets(threshold, value)) continue;
      const { metric, text: limit } = threshold;
      return { metric, limit, value, afterOpeningNs: sinceOpeningNs };
    }
    return undefined;
  }

  #valueOf(metric: string, workers: readonly LiveFigures[]): number | undefined {
    const sum = (count: (figures: LiveFigures) => number): number =>
      workers.reduce((total, figures) => total + count(figures), 0);
    switch (metric) {
      case 'oversell':
        return this.#oversold(workers);
      case 'attempts':
        return sum(({ attempts }) => attempts);
      case 'timeouts':
        return sum(({ timeouts }) => timeouts);
      case 'rateLimited':
        return sum(({ rateLimited }) => rateLimited);
      case 'amplification': {
        const first = sum(({ firstAttempts }) => firstAttempts);
        return first === 0 ? undefined : sum(({ attempts }) => attempts) / first;
      }
      default:
        return latencyUs(metric, workers);
    }
  }

  /** Units that were acknowledged beyond what there is to sell, restocks yet to come included. */
  #oversold(workers: readonly LiveFigures[]): number {
    const { sale, events } = this.#scenario;
    return sale.products.reduce((total, { id, stock }, index) => {
      const restocked = events.reduce((units, event) => {
        if (!('restock' in event)) return units;
        return units + ((event.product ?? sale.products[0]?.id) === id ? event.restock : 0);
      }, 0);
      const acknowledged = workers.reduce((units, figures) => {
        return units + (figures.acknowledged[index] ?? 0);
      }, 0);
      return total + Math.max(0, acknowledged - stock - restocked);
    }, 0);
  }
}

/** A percentile of orders by its name; undefined before the first answer. */
function latencyUs(metric: string, workers: readonly LiveFigures[]): number | undefined {
  const [, service, name = ''] = /^order\.(service\.)?(.+)$/.exec(metric) ?? [];
  if (!Object.hasOwn(percentiles, name)) return undefined;
  const merged = new LatencyHistogram();
  for (const figures of workers) {
    const part: SerialisedHistogram = service === undefined ? figures.response : figures.service;
    merged.merge(LatencyHistogram.deserialise(part));
  }
  return merged.count === 0 ? undefined : merged.percentile(percentiles[name as Percentile]);
}
