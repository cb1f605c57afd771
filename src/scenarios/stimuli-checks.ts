import { formatDurationMs } from '../core/units.ts';
import {
  type CrossFinding,
  checkTimed,
  checkWhole,
  closesAtPath,
  dueMs,
  endsAtPath,
  opensAtPath,
  relative,
} from './cross-finding.ts';
import type { Path } from './document.ts';
import { probeTimes } from './probe-times.ts';
import { quantityShares } from './quantities.ts';
import type { Scenario } from './schema.ts';

/** What is wrong between quantities, events and probes and the sale that they are meant for. */
export function checkStimuli(scenario: Scenario): readonly CrossFinding[] {
  return [
    ...checkStrategies(scenario),
    ...checkQuantities(scenario),
    ...checkTimed(scenario, 'events'),
    ...checkEventProducts(scenario),
    ...checkClosings(scenario),
    ...checkProbesOfWindow(scenario),
    ...checkEvictions(scenario),
    ...checkLogouts(scenario),
  ];
}

const productsPath: Path = ['sale', 'products'];
const quantityPath: Path = ['workload', 'quantity'];
const targetPath: Path = ['target'];

function checkStrategies({ target, sale }: Scenario): CrossFinding[] {
  if (target.http === undefined) return [];
  return sale.products.flatMap(({ strategy }, index): CrossFinding[] => {
    if (strategy === undefined) return [];
    const path = [...productsPath, index, 'strategy'];
    return [
      {
        path,
        at: 'key',
        uses: [path, targetPath],
        what: 'an own server counts its stock down in its own way',
        fix: 'remove strategy; only the reference server has them to choose from',
      },
    ];
  });
}

function checkQuantities({ sale, workload }: Scenario): CrossFinding[] {
  const { quantity: written } = workload;
  if (typeof written !== 'number') {
    const found = checkWhole(quantityPath, written);
    if (found.length > 0) return [...found];
  }
  const smallest = Math.min(...quantityShares(written).map(({ quantity }) => quantity));
  return sale.products.flatMap(({ id, limitPerUser }, index): CrossFinding[] => {
    if (limitPerUser === undefined || smallest <= limitPerUser) return [];
    const path = [...productsPath, index, 'limitPerUser'];
    return [
      {
        path: quantityPath,
        at: 'value',
        uses: [path, quantityPath],
        what: `nobody could buy "${id}": the smallest purchase is ${smallest} units, and limitPerUser is ${limitPerUser}`,
        fix: 'lower workload.quantity for some, or raise limitPerUser',
      },
    ];
  });
}

function checkEventProducts({ events, sale }: Scenario): CrossFinding[] {
  const ids = sale.products.map(({ id }) => id);
  return events.flatMap((event, index): CrossFinding[] => {
    if ('close' in event) return [];
    const isRestock = 'restock' in event;
    const path = ['events', index, isRestock ? 'product' : 'warmUp'];
    const named = isRestock ? event.product : event.warmUp;
    if (named === undefined) {
      if (ids.length === 1) return [];
      return [
        {
          path: ['events', index],
          at: 'value',
          uses: [path, productsPath],
          what: 'this restock does not say of which product',
          fix: `add product: ${ids[0] ?? ''}, or another of sale.products`,
        },
      ];
    }
    if (ids.includes(named)) return [];
    return [
      {
        path,
        at: 'value',
        uses: [path, productsPath],
        what: `"${named}" is not on sale`,
        fix: `name one of sale.products: ${ids.slice(0, 5).join(', ')}`,
      },
    ];
  });
}

function checkClosings(scenario: Scenario): CrossFinding[] {
  const { events, sale } = scenario;
  const opensMs = relative(sale.opensAt) ?? 0;
  const closings = events.flatMap((event, index) => ('close' in event ? [{ event, index }] : []));
  return closings.flatMap(({ event, index }, position): CrossFinding[] => {
    const path = ['events', index];
    if (position > 0 || sale.closesAt !== undefined) {
      const other = position > 0 ? `events[${closings[0]?.index ?? 0}]` : 'sale.closesAt';
      return [
        {
          path,
          at: 'value',
          uses: [['events'], closesAtPath],
          what: `the sale closes twice: ${other} closes it too`,
          fix: 'keep one of the two',
        },
      ];
    }
    const isTimed = event.at !== undefined || event.afterOpening !== undefined;
    // Of an absolute opening only what counts from it is comparable.
    const isComparable = event.at === undefined || typeof sale.opensAt === 'number';
    if (!isTimed || !isComparable || dueMs(event, scenario) > opensMs) return [];
    return [
      {
        path: [...path, event.at === undefined ? 'afterOpening' : 'at'],
        at: 'value',
        uses: [path, opensAtPath],
        what: 'the sale closes before it opens',
        fix: 'make this event later than sale.opensAt',
      },
    ];
  });
}

/** The closing, in ms from t = 0; undefined when there is none or it cannot be told in advance. */
function closingMs(scenario: Scenario): number | undefined {
  const { events, sale } = scenario;
  const [closing] = events.filter((event) => 'close' in event);
  if (closing !== undefined) {
    return typeof sale.opensAt === 'string' ? undefined : dueMs(closing, scenario);
  }
  return relative(sale.closesAt);
}

function checkProbesOfWindow(scenario: Scenario): CrossFinding[] {
  const { events, probes, sale, workload } = scenario;
  const found: CrossFinding[] = [];
  const opensMs = relative(sale.opensAt);
  if (
    (probes.beforeOpen ?? 0) > 0 &&
    opensMs !== undefined &&
    opensMs <= probeTimes.beforeOpenMarginMs
  ) {
    const path: Path = ['probes', 'beforeOpen'];
    found.push({
      path,
      at: 'key',
      uses: [path, opensAtPath],
      what: `there is no time for orders before an opening at ${formatDurationMs(opensMs)}`,
      fix: 'make sale.opensAt later, such as 2s',
    });
  }
  if ((probes.afterClose ?? 0) === 0) return found;
  const path: Path = ['probes', 'afterClose'];
  const closes = sale.closesAt !== undefined || events.some((event) => 'close' in event);
  const uses = [path, closesAtPath, ['events'], opensAtPath, endsAtPath];
  if (!closes) {
    found.push({
      path,
      at: 'key',
      uses,
      what: 'orders after the closing need a closing, and this sale never closes',
      fix: 'add sale.closesAt, or an event with close: true',
    });
    return found;
  }
  const lastMs = (closingMs(scenario) ?? Number.NEGATIVE_INFINITY) + probeTimes.afterCloseEndMs;
  if (lastMs > workload.endsAt) {
    found.push({
      path,
      at: 'key',
      uses,
      what: `orders after the closing would come until ${formatDurationMs(lastMs)}, when the workload has ended`,
      fix: 'close earlier, or make workload.endsAt later',
    });
  }
  return found;
}

function checkEvictions({ probes, target, workload }: Scenario): CrossFinding[] {
  if ((probes.evictedDevice ?? 0) === 0) return [];
  const path: Path = ['probes', 'evictedDevice'];
  const devicesPath: Path = ['workload', 'devicesPerUser'];
  const { maximumSessions, onExceed } = target.reference?.sessions ?? target.http?.contract ?? {};
  const { devicesPerUser: written } = workload;
  const devices =
    typeof written === 'number'
      ? written
      : Math.max(
          ...Object.keys(written).map((count) => (written[count] === 0 ? 0 : Number(count))),
        );
  const finding = (what: string, fix: string): CrossFinding[] => [
    { path, at: 'key', uses: [path, devicesPath, targetPath], what, fix },
  ];
  if (maximumSessions === undefined) {
    const cap =
      target.http === undefined
        ? 'target.reference.sessions.maximumSessions'
        : 'target.http.contract.maximumSessions';
    return finding('without a cap on devices none is ever evicted', `add ${cap}`);
  }
  if (onExceed === 'deny') {
    return finding(
      'a server that denies the login above the cap evicts nobody',
      'make onExceed terminate-oldest, or remove this probe',
    );
  }
  if (devices > maximumSessions) return [];
  return finding(
    `nobody has more than ${devices} device${devices === 1 ? '' : 's'}, and ${maximumSessions} may be logged in`,
    'raise workload.devicesPerUser or lower maximumSessions',
  );
}

/** Logouts come between the opening and the end, and are followed by calls. */
function checkLogouts({ probes, target, sale, workload }: Scenario): CrossFinding[] {
  const opensMs = relative(sale.opensAt) ?? 0;
  const isLate = opensMs + probeTimes.afterLogoutEndMs > workload.endsAt;
  const given = (['logout', 'logoutEverywhere'] as const).filter((name) => (probes[name] ?? 0) > 0);
  return given.flatMap((name): CrossFinding[] => {
    const path: Path = ['probes', name];
    const late: CrossFinding = {
      path,
      at: 'key',
      uses: [path, opensAtPath, endsAtPath],
      what: `there is no time for logouts: what follows them takes ${formatDurationMs(probeTimes.afterLogoutEndMs)} after the opening`,
      fix: 'open earlier, or make workload.endsAt later',
    };
    const unknown: CrossFinding = {
      path,
      at: 'key',
      uses: [path, [...targetPath, 'http', 'requests']],
      what: 'logging out of all devices is asked by the reference API alone',
      fix: 'write probes.logout, or remove this probe',
    };
    const isUnknown = name === 'logoutEverywhere' && target.http?.requests !== undefined;
    return [...(isLate ? [late] : []), ...(isUnknown ? [unknown] : [])];
  });
}
