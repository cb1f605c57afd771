import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';
import { liveMetrics, parseThreshold } from './thresholds.ts';

/** Thresholds that are to end the run, and cannot. */
export function checkThresholds(scenario: Scenario): readonly CrossFinding[] {
  return Object.entries(scenario.thresholds).flatMap(([metric, setting]): CrossFinding[] => {
    if (typeof setting !== 'object') return [];
    const path: Path = ['thresholds', metric];
    const finding = (key: string, what: string, fix: string, ...uses: Path[]): CrossFinding[] => [
      { path: [...path, key], at: 'key', uses: [path, ...uses], what, fix },
    ];
    if (!setting.abortOnFail) {
      if (setting.delayAbortEval === 0) return [];
      return finding(
        'delayAbortEval',
        'delayAbortEval is of no use without abortOnFail',
        'add abortOnFail: true, or remove it',
      );
    }
    if (!liveMetrics.includes(metric)) {
      return finding(
        'abortOnFail',
        `${metric} is known only when the run is over, and cannot end it`,
        `remove abortOnFail; these can end a run: ${liveMetrics.slice(0, 5).join(', ')}, and order.p50 to order.max`,
      );
    }
    const comparison = parseThreshold(metric, setting.limit)?.comparison;
    if (comparison !== '<' && comparison !== '<=') {
      return finding(
        'abortOnFail',
        `a limit from below ends the run at once: at the opening ${metric} is 0`,
        'write a limit from above, such as "< 800ms", or remove abortOnFail',
      );
    }
    const { cancel, groups = [] } = scenario.workload;
    const cancels = cancel !== undefined || groups.some((group) => 'cancel' in group);
    if (metric !== 'oversell' || !cancels) return [];
    return finding(
      'abortOnFail',
      'where orders are cancelled, oversell is known only when the run is over',
      'remove abortOnFail, or workload.cancel',
      ['workload', 'cancel'],
    );
  });
}
