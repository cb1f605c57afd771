import { formatDurationMs } from '../core/units.ts';
import { type CrossFinding, endsAtPath, opensAtPath, relative } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { Scenario } from './schema.ts';

const referencePath: Path = ['target', 'reference'];
const sessionsPath: Path = [...referencePath, 'sessions'];
const limiterPath: Path = [...referencePath, 'rateLimiter'];
const roomPath: Path = [...referencePath, 'waitingRoom'];
const processesPath: Path = [...referencePath, 'processes'];

type Reference = NonNullable<Scenario['target']['reference']>;

/** Sessions and limits that cannot be what a scenario says of them. */
export function checkGateway(scenario: Scenario): readonly CrossFinding[] {
  const { target, workload } = scenario;
  const { reference } = target;
  const sources = checkSources(workload);
  if (reference === undefined) return sources;
  return [
    ...sources,
    ...checkPlace(reference),
    ...checkRefresh(reference),
    ...checkBurst(reference),
    ...checkWaitingRoom(scenario, reference),
  ];
}

/** Whether sessions, the denylist or the limit are in Redis. */
export function keepsGatewayInRedis({ sessions, rateLimiter }: Reference): boolean {
  const { store, tokens } = sessions;
  const denylist = tokens.type === 'jwt' ? tokens.denylist : undefined;
  return [store, denylist, rateLimiter?.store].includes('redis');
}

/** A connection has one source, and those of a pool are everybody's. */
function checkSources({ addresses, connections }: Scenario['workload']): CrossFinding[] {
  if (addresses?.via !== 'source' || connections === 'per-device') return [];
  const path: Path = ['workload', 'addresses'];
  return [
    {
      path,
      at: 'value',
      uses: [path, ['workload', 'connections']],
      what: `each ${addresses.each} would connect from an address of its own, over connections that all share`,
      fix: 'write connections: per-device, or addresses.via: x-forwarded-for',
    },
  ];
}

function checkPlace({ sessions, processes }: Reference): CrossFinding[] {
  if (sessions.store !== 'memory' || processes === 1) return [];
  return [
    {
      path: processesPath,
      at: 'value',
      uses: [processesPath, [...sessionsPath, 'store']],
      what: `sessions in memory are in one process, and there would be ${processes}`,
      fix: 'write processes: 1, or use another store for sessions',
    },
  ];
}

function checkRefresh({ sessions: { refresh } }: Reference): CrossFinding[] {
  if (refresh === undefined || refresh.leeway < refresh.ttl) return [];
  const path = [...sessionsPath, 'refresh', 'leeway'];
  return [
    {
      path,
      at: 'value',
      uses: [path, [...sessionsPath, 'refresh', 'ttl']],
      what: `a refresh token lives for ${formatDurationMs(refresh.ttl)}, no longer than its leeway`,
      fix: 'lower leeway or raise ttl',
    },
  ];
}

/** Spring Cloud Gateway does not start with such a limit. */
function checkBurst({ rateLimiter }: Reference): CrossFinding[] {
  if (rateLimiter?.algorithm !== 'spring-cloud-gateway') return [];
  const { burstCapacity, replenishRate } = rateLimiter;
  if (burstCapacity >= replenishRate) return [];
  const path = [...limiterPath, 'burstCapacity'];
  return [
    {
      path,
      at: 'value',
      uses: [path, [...limiterPath, 'replenishRate'], [...limiterPath, 'algorithm']],
      what: `burstCapacity is ${burstCapacity}, below the ${replenishRate} tokens of a second`,
      fix: 'raise burstCapacity to at least replenishRate: this limiter refills once a second',
    },
  ];
}

/** A waiting room that nobody can come through, or that the rest of the scenario cannot live with. */
function checkWaitingRoom(
  { sale, workload, probes }: Scenario,
  { waitingRoom, processes }: Reference,
): CrossFinding[] {
  if (waitingRoom === undefined) return [];
  const { queueing, refreshEvery, placeKeptFor } = waitingRoom;
  const holdsBack = queueing !== 'passthrough';
  const refreshPath = [...roomPath, 'refreshEvery'];
  const found: CrossFinding[] = [];
  if (processes !== 1) {
    found.push({
      path: processesPath,
      at: 'value',
      uses: [processesPath, roomPath],
      what: `a waiting room is in the memory of one process, and there would be ${processes}`,
      fix: 'write processes: 1, or remove waitingRoom',
    });
  }
  if (holdsBack && placeKeptFor <= refreshEvery) {
    const path = [...roomPath, 'placeKeptFor'];
    found.push({
      path,
      at: 'value',
      uses: [path, refreshPath],
      what: `a place is kept for ${formatDurationMs(placeKeptFor)}, and those who wait look again after ${formatDurationMs(refreshEvery)}`,
      fix: 'make placeKeptFor longer than refreshEvery: all who wait would lose their places',
    });
  }
  const openForMs = workload.endsAt - (relative(sale.opensAt) ?? 0);
  if (holdsBack && refreshEvery >= openForMs && openForMs > 0) {
    found.push({
      path: refreshPath,
      at: 'value',
      uses: [refreshPath, roomPath, opensAtPath, endsAtPath],
      what: `those who wait would look again after ${formatDurationMs(refreshEvery)}, when the workload has ended`,
      fix: `write less than the ${formatDurationMs(openForMs)} from the opening to workload.endsAt`,
    });
  }
  return [...found, ...checkReuse(probes)];
}

/** Whoever has an order is outside again. */
function checkReuse({ keyReuse = 0 }: Scenario['probes']): CrossFinding[] {
  if (keyReuse === 0) return [];
  const path: Path = ['probes', 'keyReuse'];
  return [
    {
      path,
      at: 'value',
      uses: [path, roomPath],
      what: 'the waiting room would turn away every key that is reused: an order ends the visit',
      fix: 'remove keyReuse, or waitingRoom',
    },
  ];
}
