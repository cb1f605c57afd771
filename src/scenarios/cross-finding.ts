import { formatDurationMs } from '../core/units.ts';
import type { Path } from './document.ts';
import type { Finding } from './issues.ts';
import type { Scenario } from './schema.ts';

/** A finding about several values: it holds only while all of them are what the file says. */
export interface CrossFinding extends Finding {
  readonly uses: readonly Path[];
}

/** Where the instants of a sale stand in the file. */
export const opensAtPath: Path = ['sale', 'opensAt'];
export const closesAtPath: Path = ['sale', 'closesAt'];
export const endsAtPath: Path = ['workload', 'endsAt'];

/** A share as people write it: `40%`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(6))}%`;
}

/** Milliseconds from t = 0, or undefined for an absolute instant. */
export function relative(instant: number | string | undefined): number | undefined {
  return typeof instant === 'number' ? instant : undefined;
}

/** Milliseconds since 1970, or undefined for an instant from t = 0, or that the server will tell. */
export function absolute(instant: number | string | undefined): number | undefined {
  return typeof instant === 'string' && !instant.startsWith('{{') ? Date.parse(instant) : undefined;
}

/** Shares at `path` that do not add up to a whole. */
export function checkWhole(
  path: Path,
  shares: Readonly<Record<string, number>>,
): readonly CrossFinding[] {
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) <= 1e-9) return [];
  return [
    {
      path,
      at: 'value',
      uses: [path],
      what: `the shares of ${String(path.at(-1))} add up to ${percent(sum)}`,
      fix: 'make them add up to 100%',
    },
  ];
}

/** When an entry of `faults` or `events` is due. */
interface Timed {
  readonly at?: number | undefined;
  readonly afterOpening?: number | undefined;
}

/** When a timed entry is due, in ms from t = 0. An absolute opening counts as t = 0. */
export function dueMs({ at, afterOpening }: Timed, { sale }: Scenario): number {
  return at ?? (relative(sale.opensAt) ?? 0) + (afterOpening ?? 0);
}

/** Entries of a list that have no time or two, or come when the workload has ended. */
export function checkTimed(scenario: Scenario, list: 'faults' | 'events'): CrossFinding[] {
  const { workload } = scenario;
  const word = list === 'faults' ? 'fault' : 'event';
  return scenario[list].flatMap((entry: Timed, index): CrossFinding[] => {
    if ((entry.at === undefined) === (entry.afterOpening === undefined)) {
      const path = [list, index];
      const both = entry.at !== undefined;
      return [
        {
          path,
          at: 'value',
          uses: [path],
          what: both
            ? `this ${word} has two times: at and afterOpening`
            : `this ${word} has no time`,
          fix: both ? 'keep one of them' : 'add at: 2s (from t = 0) or afterOpening: 2s',
        },
      ];
    }
    const fromZeroMs = dueMs(entry, scenario);
    if (fromZeroMs < workload.endsAt) return [];
    const path = [list, index, entry.at === undefined ? 'afterOpening' : 'at'];
    return [
      {
        path,
        at: 'value',
        uses: [path, endsAtPath, opensAtPath],
        what: `this ${word} would come at ${formatDurationMs(fromZeroMs)}, when the workload has ended`,
        fix: `make it earlier than workload.endsAt (${formatDurationMs(workload.endsAt)} from t = 0)`,
      },
    ];
  });
}
