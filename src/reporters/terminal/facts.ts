import { formatCount, formatDurationMs } from '../../core/units.ts';
import type { RunResult } from '../../results/result.ts';
import { hanging, plain } from '../text.ts';
import { fact, formatShare, formatUs } from './figures.ts';
import { retryLines } from './retries.ts';
import { type Style, tableLines } from './style.ts';

const rowsMax = 12;

/** How the order attempts ended, the most frequent first. */
export function outcomeLines(result: RunResult, style: Style, columns: number): string[] {
  const { attempts, outcomes } = result;
  if (attempts === 0) return ['  no order was attempted'];
  const codes = Object.entries(result.codes['order'] ?? {}).sort(
    ([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1),
  );
  const shown = codes.slice(0, rowsMax);
  const rest = codes.slice(rowsMax).reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) shown.push(['others', rest]);
  const table = tableLines(
    shown.map(([code, count]) => [
      plain(code, 28),
      formatCount(count),
      formatShare(count, attempts),
    ]),
    { align: ['left', 'right', 'right'], style },
  );
  const { ok, fail, info } = outcomes;
  const classes =
    `${formatCount(ok)} ok, ${formatCount(fail)} refused with no effect, ${formatCount(info)} uncertain; ` +
    `${formatCount(result.unresolved)} unresolved after look-up and snapshot`;
  return [...table, ...hanging('  ', classes, columns).map((line) => style.faint(line))];
}

/** How well the opening came off. */
export function openingLines({ opening }: RunResult, columns: number): string[] {
  const { connections, warmConnections, perInstance } = opening;
  const herd =
    opening.plannedSpreadUs === 0 && opening.spreadUs === 0
      ? 'none'
      : `within ${formatUs(opening.spreadUs)} (planned ${formatUs(opening.plannedSpreadUs)})`;
  const instances = Object.entries(perInstance).sort(([a], [b]) => (a < b ? -1 : 1));
  const spread = instances.map(([name, count]) => `${plain(name, 24)} ${formatCount(count)}`);
  return [
    ...fact('opened at', opening.at, columns),
    ...fact('herd', herd, columns),
    ...fact('lateness', `p99 ${formatUs(opening.latenessP99Us)} after due`, columns),
    ...fact(
      'warm connections',
      `${formatCount(warmConnections)} of ${formatCount(connections)}`,
      columns,
    ),
    ...(spread.length === 0 ? [] : fact('by server', spread.join(', '), columns)),
  ];
}

/** Devices, the rate limiter, probes and the control. */
export function trafficLines(result: RunResult, columns: number): string[] {
  const { devices, rateLimited } = result;
  const failed =
    devices.loginsFailed === 0 ? '' : `, ${formatCount(devices.loginsFailed)} logins failed`;
  return [
    ...retryLines(result, columns),
    ...fact(
      'devices',
      `${formatCount(devices.devices)} of ${formatCount(devices.users)} people, ` +
        `${formatCount(devices.loggedIn)} logged in, ${formatCount(devices.evicted)} evicted${failed}`,
      columns,
    ),
    ...fact('rate limited', `${formatCount(rateLimited)} requests`, columns),
    ...(result.probes === 0 ? [] : fact('probes', probesText(result), columns)),
    ...result.caches.flatMap((cache) => fact('cached stock', cacheText(cache), columns)),
    ...fact('control', controlText(result), columns),
  ];
}

/** What a cache has in the end, and by how much that is wrong. */
function cacheText({ product, cached, drift }: RunResult['caches'][number]): string {
  if (cached === null) return `${product}: the cache has no count`;
  const has = `${product}: ${formatCount(cached)} in the cache`;
  if (drift === null) return `${has}, and nobody knows how many there should be`;
  if (drift === 0) return `${has}, as there should be`;
  return drift > 0
    ? `${has}, ${formatCount(drift)} fewer than there should be`
    : `${has}, ${formatCount(-drift)} more than there should be`;
}

/** What requests that tested a rule were answered. */
function probesText({ probes, codes }: RunResult): string {
  const answers = Object.entries(codes['probe'] ?? {})
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, 6)
    .map(([code, count]) => `${formatCount(count)} ${code}`);
  return `${formatCount(probes)} requests, answered ${answers.join(', ')}`;
}

/** Whether a product counted down naively oversells under the same profile. */
function controlText({ control }: RunResult): string {
  const { state, soldUnits, stock, durationMs, reason } = control;
  const sold = `naive sold ${formatCount(soldUnits)} of ${formatCount(stock)} in ${formatDurationMs(durationMs)}`;
  switch (state) {
    case 'oversold':
      return `${sold}: the profile has the contention that makes a race show`;
    case 'exact':
      return `${sold}: the profile has no contention, so a pass proves nothing`;
    case 'skipped':
      return `not played: ${reason}`;
    case 'failed':
      return `failed: ${reason}`;
  }
}

const eventLabels = {
  ok: '  done       ',
  fail: '  not done   ',
  info: '  uncertain  ',
} as const;

/** What was done to the sale, what was broken on purpose, and what broke without being asked. */
export function faultLines(
  { events, faults, incidents }: RunResult,
  style: Style,
  columns: number,
): string[] {
  const planned = faults.flatMap(({ description, atMs, fired, detail }) => {
    const when = atMs < 0 ? 'before t = 0' : `at ${formatDurationMs(atMs)}`;
    const label = fired ? '  fired      ' : '  not fired  ';
    const lines = hanging(label, plain(`${description} ${when}: ${detail}`), columns);
    return fired ? lines : lines.map((line) => style.unknown(line));
  });
  const done = events.flatMap(({ description, atMs, outcome, detail }) => {
    const label = eventLabels[outcome];
    const why = detail === '' ? '' : `: ${detail}`;
    const when = `at ${formatDurationMs(Math.max(0, atMs))}`;
    const lines = hanging(label, plain(`${description} ${when}${why}`), columns);
    return outcome === 'ok' ? lines : lines.map((line) => style.unknown(line));
  });
  const unplanned = incidents.flatMap((text) => hanging('  incident   ', plain(text), columns));
  return [...done, ...planned, ...unplanned];
}

const notePattern = /^note:\s*/i;

/** Warnings first, then notes. */
export function warningLines({ warnings }: RunResult, style: Style, columns: number): string[] {
  const isNote = (text: string): boolean => notePattern.test(text);
  const doubts = warnings.filter((text) => !isNote(text));
  const notes = warnings.filter(isNote).map((text) => text.replace(notePattern, ''));
  return [
    ...doubts.flatMap((text) => hanging('  ! ', plain(text), columns)).map(style.unknown),
    ...notes.flatMap((text) => hanging('  note: ', plain(text), columns)).map(style.faint),
  ];
}

/** What the generator itself used; undefined for a history that no generator of ours played. */
export function generatorText({ generator, wallMs }: RunResult): string | undefined {
  const { workers, cpuSeconds, rssMaxMb } = generator;
  if (workers === 0) return undefined;
  const processes = `${workers} load ${workers === 1 ? 'process' : 'processes'}`;
  return `${formatDurationMs(wallMs)} in all, ${processes}, ${cpuSeconds.toFixed(1)} s of CPU, ${formatCount(rssMaxMb)} MB at most`;
}
