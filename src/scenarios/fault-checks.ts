import { orderings } from '../targets/reference/orders/orderings/registry.ts';
import { stockStrategy } from '../targets/reference/stock/registry.ts';
import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import { keepsGatewayInRedis } from './gateway-checks.ts';
import type { FaultEntry, Scenario } from './schema.ts';

const targetPath: Path = ['target'];
const orderingPath: Path = [...targetPath, 'reference', 'ordering'];
const stockPath: Path = [...targetPath, 'reference', 'stock'];
const productsPath: Path = ['sale', 'products'];

/** What there is to break. */
interface Scene {
  readonly reference: NonNullable<Scenario['target']['reference']>;
  /** Those in use. */
  readonly strategies: readonly string[];
}

/** Faults of something that this scenario does not have, and failpoints that say too much or too little. */
export function checkFaults(scenario: Scenario): readonly CrossFinding[] {
  const { reference } = scenario.target;
  return scenario.faults.flatMap((entry, index): CrossFinding[] => {
    const path = ['faults', index];
    if (reference === undefined) return [ownServer(path)];
    const strategies = scenario.sale.products.map(
      ({ strategy }) => strategy ?? reference.stock.strategy,
    );
    const scene = { reference, strategies };
    return [...checkService(entry, path, scene), ...checkFailpoint(entry, path)];
  });
}

function ownServer(path: Path): CrossFinding {
  return {
    path,
    at: 'value',
    uses: [path, targetPath],
    what: 'an own server cannot be broken from here',
    fix: 'remove this fault; only the reference server has services to break',
  };
}

/** What a service of a fault is there for, when it is not always there. */
const needed = {
  queue: {
    path: orderingPath,
    what: 'there is no queue: orders are decided at once',
    fix: 'set target.reference.ordering to async, or remove this fault',
    isThere: ({ reference }: Scene) => orderings[reference.ordering].queues !== 'none',
  },
  mysql: {
    path: [...stockPath, 'store'],
    what: 'nothing is kept in MySQL',
    fix: 'set target.reference.stock.store to mysql, or remove this fault',
    isThere: ({ reference }: Scene) => reference.stock.store === 'mysql',
  },
  redis: {
    path: [...stockPath, 'strategy'],
    what: 'nothing is kept in Redis',
    fix: 'take a strategy that counts there, such as redis-lua, keep sessions or the rate limit there, or remove this fault',
    isThere: ({ strategies, reference }: Scene) =>
      strategies.some(usesRedis) || keepsGatewayInRedis(reference),
  },
} as const;

function checkService(entry: FaultEntry, path: Path, scene: Scene): CrossFinding[] {
  const { key, service } = serviceOf(entry);
  if (service === undefined || service === 'order-server' || service === 'postgres') return [];
  const { isThere, path: other, what, fix } = needed[service];
  if (isThere(scene)) return [];
  return [
    {
      path: [...path, key],
      at: 'value',
      uses: [path, other, ...(service === 'redis' ? [productsPath] : [])],
      what,
      fix,
    },
  ];
}

function usesRedis(strategy: string): boolean {
  const kind = stockStrategy(strategy)?.cache?.kind;
  return kind === 'redis' || kind === 'redis-lock';
}

/** What is broken, and the key that says so. */
function serviceOf(entry: FaultEntry) {
  if ('kill' in entry) return { key: 'kill', service: entry.kill };
  if ('slow' in entry) return { key: 'slow', service: entry.slow };
  if ('pause' in entry) return { key: 'pause', service: entry.pause };
  if ('flush' in entry) return { key: 'flush', service: entry.flush };
  if ('restart' in entry) return { key: 'restart', service: entry.restart };
  if ('stall' in entry) return { key: 'stall', service: entry.stall };
  return { key: 'failpoint', service: undefined };
}

function checkFailpoint(entry: FaultEntry, path: Path): CrossFinding[] {
  if (!('failpoint' in entry)) return [];
  const isPause = entry.action === 'pause';
  if (isPause === (entry.for !== undefined)) return [];
  return [
    {
      path: isPause ? path : [...path, 'for'],
      at: isPause ? 'value' : 'key',
      uses: [path],
      what: isPause ? 'this pause has no end' : 'a process that is killed is replaced at once',
      fix: isPause ? 'add for: 3s, or write action: kill' : 'remove for, or write action: pause',
    },
  ];
}
