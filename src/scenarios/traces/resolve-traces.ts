import { formatCount, formatDurationMs } from '../../core/units.ts';
import { type CrossFinding, endsAtPath, opensAtPath } from '../cross-finding.ts';
import type { Path } from '../document.ts';
import { openingMs } from '../opening.ts';
import type { ArrivalOptions, Scenario } from '../schema.ts';
import { parseTrace } from './parse-trace.ts';
import { parseTimestamp } from './timestamps.ts';
import type { TraceFiles } from './trace-files.ts';

type TraceEntry = Extract<ArrivalOptions, { type: 'trace' }>;

/** More would make `run.json` and the workers' memory large, and no run needs them. */
const timesMax = 1_000_000;

/** Puts the instants of every trace into the scenario, as they fall into its run. */
export function resolveTraces(
  scenario: Scenario,
  files: TraceFiles,
): { readonly scenario: Scenario; readonly findings: readonly CrossFinding[] } {
  const findings: CrossFinding[] = [];
  const arrivals = scenario.workload.arrivals.map((entry, index): ArrivalOptions => {
    if (entry.type !== 'trace') return entry;
    const resolved = resolveTrace(entry, index, scenario, files);
    if ('timesMs' in resolved) return { ...entry, ...resolved };
    findings.push(...resolved);
    return entry;
  });
  return { scenario: { ...scenario, workload: { ...scenario.workload, arrivals } }, findings };
}

type Resolved = Pick<TraceEntry, 'timesMs' | 'resolutionMs'> | readonly CrossFinding[];

function resolveTrace(
  entry: TraceEntry,
  index: number,
  scenario: Scenario,
  files: TraceFiles,
): Resolved {
  const path: Path = ['workload', 'arrivals', index];
  const found = (key: string, what: string, fix: string): CrossFinding => {
    const at = [...path, key];
    return { path: at, at: 'value', uses: [path, opensAtPath, endsAtPath], what, fix };
  };
  const { file } = entry;
  const read = files.get(file);
  // A file that nobody tried to read stands in for a name that is wrong itself.
  if (read === undefined) return [];
  if ('mistake' in read) return [found('file', read.mistake, read.fix)];
  const parsed = parseTrace(file, read.text, entry);
  if ('mistakes' in parsed) return parsed.mistakes.map(({ what, fix }) => found('file', what, fix));
  return onTheRun(entry, scenario, parsed.timesMs, found);
}

/** The instants from t = 0 to the end of the workload, in milliseconds from the opening. */
function onTheRun(
  { file, opensAt, unit, speed }: TraceEntry,
  scenario: Scenario,
  recordedMs: Float64Array,
  found: (key: string, what: string, fix: string) => CrossFinding,
): Resolved {
  const anchorMs = parseTimestamp(String(opensAt), unit) ?? 0;
  const lastMs = recordedMs.at(-1) ?? 0;
  if (lastMs < anchorMs) {
    const early = formatDurationMs(anchorMs - lastMs);
    return [
      found(
        'opensAt',
        `${file} ends ${early} before opensAt`,
        'choose an instant within the trace',
      ),
    ];
  }
  const opensMs = openingMs(scenario);
  const untilMs = scenario.workload.endsAt - opensMs;
  const timesMs = Array.from(
    recordedMs,
    // A microsecond is finer than any clock here, and keeps the text of the numbers short.
    (ms) => Math.round(((ms - anchorMs) * 1_000) / speed) / 1_000,
  ).filter((ms) => ms >= -opensMs && ms < untilMs);
  if (timesMs.length === 0) {
    const window = `from ${formatDurationMs(opensMs * speed)} before to ${formatDurationMs(untilMs * speed)} after opensAt`;
    const count = formatCount(recordedMs.length);
    return [
      found(
        'opensAt',
        `none of the ${count} timestamps of ${file} falls into the run, which goes ${window}`,
        'choose another instant, or raise sale.opensAt or workload.endsAt',
      ),
    ];
  }
  if (timesMs.length > timesMax) {
    return [
      found(
        'file',
        `${formatCount(timesMs.length)} timestamps of ${file} fall into the run: ${formatCount(timesMax)} is the most`,
        'pick lines with match, or end the workload earlier',
      ),
    ];
  }
  return { timesMs, resolutionMs: resolutionOf(recordedMs) / speed };
}

const secondMs = 1_000;

/** A trace that has nothing but whole seconds was cut off to them. */
function resolutionOf(recordedMs: Float64Array): number {
  return recordedMs.every((ms) => ms % secondMs === 0) ? secondMs : 0;
}
