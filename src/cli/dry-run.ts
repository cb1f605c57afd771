import { nsPerMs } from '../core/clock.ts';
import { formatCount, formatDurationMs } from '../core/units.ts';
import { makePlan, type Plan, planHash } from '../engine/plan.ts';
import { workerCount } from '../engine/worker-count.ts';
import type { LoadedScenario } from '../scenarios/load.ts';
import { probeTimes } from '../scenarios/probe-times.ts';
import type { Scenario } from '../scenarios/schema.ts';
import { isLoopback } from '../targets/remote-consent.ts';
import { describeTarget } from './run-records.ts';

/** What a run would do, worked out from its plan. */
export interface DryRun {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly seed: number;
  readonly scenarioHash: string;
  /** That of the run's result; null when the opening is an instant, from which the plan then counts. */
  readonly planHash: string | null;
  readonly target: string;
  readonly requests: PlannedRequests;
  readonly connections: number;
  readonly loadProcesses: number;
  readonly duration: PlannedDuration;
  /** Servers and stores that the scenario names, by host. */
  readonly hosts: readonly PlannedHost[];
}

/** How many requests of which kind. */
interface PlannedRequests {
  readonly logins: number;
  readonly firstOrders: number;
  /** Purchases after the first one of a device, at most. */
  readonly furtherOrders: number;
  /** Orders with every retry that the client may send, at most. */
  readonly ordersMax: number;
  /** While people wait, at most. */
  readonly pageReloadsMax: number;
  readonly cancelsMax: number;
  readonly probesMax: number;
  /** Most first orders within one second. */
  readonly firstOrdersPeakPerS: number;
}

/** Milliseconds from t = 0, when every device is connected and logged in. */
interface PlannedDuration {
  /** null when it is an instant. */
  readonly opensAtMs: number | null;
  /** Nobody starts or tries again after it. */
  readonly endsAtMs: number;
  /** How long the last answer may take. */
  readonly timeoutMs: number;
}

/** A host that would be reached. */
interface PlannedHost {
  readonly host: string;
  /** Whether it can only be this machine. */
  readonly local: boolean;
}

/** Works out what a run would do. Reads the scenario and nothing else. */
export function dryRunOf({ scenario, hash }: LoadedScenario): DryRun {
  const { sale, workload, client, seed } = scenario;
  const opensAtMs = typeof sale.opensAt === 'number' ? sale.opensAt : null;
  const plan = makePlan(scenario, seed, (opensAtMs ?? 0) * nsPerMs);
  const devices = plan.devicesOf.reduce((sum, count) => sum + count, 0);
  return {
    schemaVersion: 1,
    name: scenario.name,
    seed,
    scenarioHash: hash,
    planHash: opensAtMs === null ? null : planHash(plan),
    target: describeTarget(scenario),
    requests: requestsOf(scenario, plan, devices),
    connections: workload.connections === 'per-device' ? devices : workload.connections.pool,
    loadProcesses: workerCount(workload),
    duration: { opensAtMs, endsAtMs: workload.endsAt, timeoutMs: client.timeout },
    hosts: hostsIn(scenario.target),
  };
}

function requestsOf({ client }: Scenario, plan: Plan, logins: number): PlannedRequests {
  const clicks = plan.arrivalNs.filter((atNs) => Number.isFinite(atNs)).sort();
  const firstOrders = clicks.length;
  const furtherOrders = plan.purchase.reduce((sum, which) => sum + (which > 0 ? 1 : 0), 0);
  const { keyReuse, beforeOpen, afterClose, evictedDevice } = plan.probes;
  const probes = [keyReuse, beforeOpen.intent, afterClose.intent, evictedDevice.intent];
  return {
    logins,
    firstOrders,
    furtherOrders,
    ordersMax: (firstOrders + furtherOrders) * client.retry.maxAttempts,
    pageReloadsMax: plan.refreshNs.length,
    cancelsMax: plan.cancels.intent.length,
    probesMax: probes.reduce((sum, { length }) => sum + length, logoutRequests(plan)),
    firstOrdersPeakPerS: peakPerS(clicks),
  };
}

/** Logouts, and what each device that is logged out tries afterwards. */
function logoutRequests({ probes, user, devicesOf }: Plan): number {
  const after = probeTimes.afterLogoutMs.length;
  return probes.logoutEverywhere.intent.reduce(
    (sum, intent) => sum + 1 + after * (devicesOf[user[intent] ?? 0] ?? 1),
    probes.logout.intent.length * (1 + after),
  );
}

/** Most of the ascending instants within any one second. */
function peakPerS(clicksNs: Float64Array): number {
  let [from, peak] = [0, 0];
  clicksNs.forEach((atNs, index) => {
    while (atNs - (clicksNs[from] ?? atNs) >= 1_000 * nsPerMs) from += 1;
    peak = Math.max(peak, index - from + 1);
  });
  return peak;
}

/** The hosts of every URL that a target's settings hold, whatever they are for. */
function hostsIn(target: Scenario['target']): PlannedHost[] {
  const hosts = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return;
      hosts.add(new URL(value).hostname);
    } else if (typeof value === 'object' && value !== null) {
      for (const member of Object.values(value)) visit(member);
    }
  };
  visit(target);
  return [...hosts]
    .filter((host) => host !== '')
    .map((host) => ({ host: host.replace(/^\[(.*)\]$/, '$1'), local: isLoopback(host) }));
}

/** A dry run as text: a label, and what there is to say. */
export function dryRunLines(found: DryRun): [label: string, text: string][] {
  const { requests, connections, loadProcesses, duration, hosts } = found;
  const opening =
    duration.opensAtMs === null
      ? 'the opening is an instant'
      : `opens at ${formatDurationMs(duration.opensAtMs)}`;
  const processes = `${loadProcesses} load ${loadProcesses === 1 ? 'process' : 'processes'}`;
  return [
    ['target', found.target],
    ['requests', requestsText(requests)],
    [
      'busiest second',
      `${formatCount(requests.firstOrdersPeakPerS)} first orders, as planned; retries come on top`,
    ],
    ['connections', `${formatCount(connections)} from ${processes}`],
    [
      'duration',
      `${opening}, nobody starts or tries again after ${formatDurationMs(duration.endsAtMs)}; then at most ` +
        `${formatDurationMs(duration.timeoutMs)} for the last answers, and 30 s for the store to come to rest. ` +
        'Time counts from when every device is logged in.',
    ],
    ['hosts', hosts.length === 0 ? 'this machine alone' : hosts.map(hostText).join(', ')],
  ];
}

function requestsText(requests: PlannedRequests): string {
  const { logins, firstOrders, furtherOrders, ordersMax } = requests;
  const { pageReloadsMax, cancelsMax, probesMax } = requests;
  const further =
    furtherOrders === 0 ? '' : ` and up to ${formatCount(furtherOrders)} further ones`;
  const parts = [
    `${formatCount(logins)} logins`,
    `${formatCount(firstOrders)} first orders${further}, ${formatCount(ordersMax)} orders at most with retries`,
    ...(pageReloadsMax === 0 ? [] : [`up to ${formatCount(pageReloadsMax)} page reloads`]),
    ...(cancelsMax === 0 ? [] : [`up to ${formatCount(cancelsMax)} cancels`]),
    ...(probesMax === 0 ? [] : [`up to ${formatCount(probesMax)} probes of rules`]),
  ];
  return parts.join('; ');
}

function hostText({ host, local }: PlannedHost): string {
  return local ? `${host} (this machine)` : `${host} (REMOTE)`;
}
