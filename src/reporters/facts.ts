import { formatCount, formatDurationMs } from '../core/units.ts';
import type { RunResult } from '../results/result.ts';
import { formatUs } from './figures.ts';
import { plain } from './text.ts';

/** Something to know of a run: a label and a line of text. */
export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** An answer to orders, and how many got it. */
export interface AnswerCount {
  readonly code: string;
  readonly count: number;
}

/** How order attempts ended, the most frequent first; beyond `rowsMax` together as `others`. */
export function orderAnswers({ codes }: RunResult, rowsMax: number): AnswerCount[] {
  const sorted = Object.entries(codes['order'] ?? {})
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  const rest = sorted.slice(rowsMax).reduce((sum, { count }) => sum + count, 0);
  return [...sorted.slice(0, rowsMax), ...(rest > 0 ? [{ code: 'others', count: rest }] : [])];
}

/** How well the opening came off. */
export function openingFacts({ opening }: RunResult): Fact[] {
  const { connections, warmConnections, perInstance } = opening;
  const herd =
    opening.plannedSpreadUs === 0 && opening.spreadUs === 0
      ? 'none'
      : `within ${formatUs(opening.spreadUs)} (planned ${formatUs(opening.plannedSpreadUs)})`;
  const instances = Object.entries(perInstance).sort(([a], [b]) => (a < b ? -1 : 1));
  const spread = instances.map(([name, count]) => `${plain(name, 24)} ${formatCount(count)}`);
  return [
    { label: 'opened at', text: opening.at },
    { label: 'herd', text: herd },
    { label: 'lateness', text: `p99 ${formatUs(opening.latenessP99Us)} after due` },
    {
      label: 'warm connections',
      text: `${formatCount(warmConnections)} of ${formatCount(connections)}`,
    },
    ...(spread.length === 0 ? [] : [{ label: 'by server', text: spread.join(', ') }]),
  ];
}

/** Devices, the rate limiter, and requests that tested a rule. */
export function limitFacts(result: RunResult): Fact[] {
  const { devices, rateLimited } = result;
  const failed =
    devices.loginsFailed === 0 ? '' : `, ${formatCount(devices.loginsFailed)} logins failed`;
  return [
    {
      label: 'devices',
      text:
        `${formatCount(devices.devices)} of ${formatCount(devices.users)} people, ` +
        `${formatCount(devices.loggedIn)} logged in, ${formatCount(devices.evicted)} evicted${failed}`,
    },
    { label: 'rate limited', text: `${formatCount(rateLimited)} requests` },
    ...(result.probes === 0 ? [] : [{ label: 'probes', text: probesText(result) }]),
  ];
}

/** What the caches have of each product in the end, and by how much that is wrong. */
export function cacheFacts({ caches }: RunResult): Fact[] {
  return caches.map((cache) => ({ label: 'cached stock', text: cacheText(cache) }));
}

function cacheText({ product, cached, drift }: RunResult['caches'][number]): string {
  if (cached === null) return `${product}: the cache has no count`;
  const has = `${product}: ${formatCount(cached)} in the cache`;
  if (drift === null) return `${has}, and nobody knows how many there should be`;
  if (drift === 0) return `${has}, as there should be`;
  return drift > 0
    ? `${has}, ${formatCount(drift)} fewer than there should be`
    : `${has}, ${formatCount(-drift)} more than there should be`;
}

/** The positive control. */
export function controlFact(result: RunResult): Fact {
  return { label: 'control', text: controlText(result) };
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

/** What the generator itself used; undefined for a history that no generator of ours played. */
export function generatorText({ generator, wallMs }: RunResult): string | undefined {
  const { workers, cpuSeconds, rssMaxMb } = generator;
  if (workers === 0) return undefined;
  const processes = `${workers} load ${workers === 1 ? 'process' : 'processes'}`;
  return `${formatDurationMs(wallMs)} in all, ${processes}, ${cpuSeconds.toFixed(1)} s of CPU, ${formatCount(rssMaxMb)} MB at most`;
}
