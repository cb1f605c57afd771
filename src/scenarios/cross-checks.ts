import { FlashsimError, type SourceLocation } from '../core/errors.ts';
import { formatDurationMs } from '../core/units.ts';
import { checkArrivals } from './arrivals-checks.ts';
import { checkCaches } from './cache-checks.ts';
import { checkClient } from './client-checks.ts';
import {
  absolute,
  type CrossFinding,
  checkTimed,
  checkWhole,
  closesAtPath,
  endsAtPath,
  opensAtPath,
  relative,
} from './cross-finding.ts';
import type { Path } from './document.ts';
import { checkFaults } from './fault-checks.ts';
import { checkGateway } from './gateway-checks.ts';
import { checkGroups } from './group-checks.ts';
import { checkHttp } from './http-checks.ts';
import { checkOrdering } from './ordering-checks.ts';
import type { Scenario } from './schema.ts';
import { expectedDevices } from './sessions.ts';
import { checkSessions } from './sessions-checks.ts';
import { checkStimuli } from './stimuli-checks.ts';
import { checkStore } from './store-checks.ts';
import { checkThresholds } from './threshold-checks.ts';

/** More devices than this need more memory and sockets than one machine has. */
const devicesMax = 2_000_000;

/** Everything that single values cannot show. `nowMs` is wall-clock time, ms since 1970. */
export function crossCheck(scenario: Scenario, nowMs: number): readonly CrossFinding[] {
  return [
    ...checkProducts(scenario),
    ...checkArrivals(scenario),
    ...checkGroups(scenario),
    ...checkSessions(scenario),
    ...checkDevices(scenario),
    ...checkPool(scenario),
    ...checkTimes(scenario, nowMs),
    ...checkTimed(scenario, 'faults'),
    ...checkFaults(scenario),
    ...checkOrdering(scenario),
    ...checkGateway(scenario),
    ...checkClient(scenario),
    ...checkStimuli(scenario),
    ...checkStore(scenario),
    ...checkThresholds(scenario),
    ...checkHttp(scenario),
    ...checkCaches(scenario, nowMs),
  ];
}

function checkProducts({ sale }: Scenario): CrossFinding[] {
  return sale.products.flatMap(({ id }, index) => {
    if (sale.products.findIndex((other) => other.id === id) === index) return [];
    const path = ['sale', 'products', index, 'id'];
    return [
      {
        path,
        at: 'value' as const,
        uses: [path],
        what: `the product "${id}" is listed twice`,
        fix: 'give each product an id of its own',
      },
    ];
  });
}

function checkDevices({ workload }: Scenario): readonly CrossFinding[] {
  const { devicesPerUser } = workload;
  if (typeof devicesPerUser !== 'number') {
    const found = checkWhole(['workload', 'devicesPerUser'], devicesPerUser);
    if (found.length > 0) return found;
  }
  const devices = expectedDevices(workload);
  if (devices <= devicesMax) return [];
  const path: Path = ['workload', 'users'];
  return [
    {
      path,
      at: 'value',
      uses: [path, ['workload', 'devicesPerUser']],
      what: `users × devicesPerUser makes ${devices} devices`,
      fix: `lower one of them: ${devicesMax} devices is the most`,
    },
  ];
}

/** Every load-generating process has a part of the pool. */
function checkPool({ workload }: Scenario): readonly CrossFinding[] {
  const { connections, workers } = workload;
  if (connections === 'per-device' || workers === undefined || workers <= connections.pool) {
    return [];
  }
  const path: Path = ['workload', 'connections', 'pool'];
  return [
    {
      path,
      at: 'value',
      uses: [path, ['workload', 'workers']],
      what: `${workers} workers cannot share a pool of ${connections.pool}`,
      fix: `write at least ${workers}: every worker has a part of the pool`,
    },
  ];
}

function checkTimes({ sale, workload }: Scenario, nowMs: number): CrossFinding[] {
  const found: CrossFinding[] = [];
  const opens = relative(sale.opensAt);
  if (opens !== undefined && opens >= workload.endsAt) {
    found.push({
      path: endsAtPath,
      at: 'value',
      uses: [opensAtPath, endsAtPath],
      what: `the workload ends at ${formatDurationMs(workload.endsAt)}, before the sale opens at ${formatDurationMs(opens)}`,
      fix: 'make workload.endsAt later than sale.opensAt; both count from t = 0',
    });
  }
  const { closesAt } = sale;
  if (closesAt === undefined) return found;
  const closesFirst =
    typeof closesAt === typeof sale.opensAt
      ? (relative(closesAt) ?? absolute(closesAt) ?? 0) <= (opens ?? absolute(sale.opensAt) ?? 0)
      : typeof closesAt === 'string' && Date.parse(closesAt) <= nowMs + (opens ?? 0);
  if (closesFirst) {
    found.push({
      path: closesAtPath,
      at: 'value',
      uses: [opensAtPath, closesAtPath],
      what: 'the sale closes before it opens',
      fix: 'make closesAt later than opensAt',
    });
  } else if (typeof closesAt === 'number' && opens === undefined) {
    found.push({
      path: closesAtPath,
      at: 'value',
      uses: [opensAtPath, closesAtPath],
      what: 'opensAt is an absolute instant, but closesAt counts from t = 0',
      fix: 'write both as instants, or both as durations',
    });
  }
  return found;
}

/** Throws OPENING_MISSED when the sale's absolute opening lies in the past. */
export function checkOpening(
  { sale }: Scenario,
  nowMs: number,
  location: SourceLocation | undefined,
): void {
  const opensAtMs = absolute(sale.opensAt);
  if (opensAtMs === undefined || opensAtMs > nowMs) return;
  throw new FlashsimError('OPENING_MISSED', {
    what: `The sale opened at ${new Date(opensAtMs).toISOString()}; it is ${new Date(nowMs).toISOString()} now.`,
    why: 'Every device has to be connected and logged in before the opening.',
    fix: 'Give sale.opensAt a later instant, or a duration such as 3s, which counts from when every device is ready.',
    ...(location && { location }),
  });
}
