import { assertNever } from '../core/assert.ts';
import type { CrossFinding } from './cross-finding.ts';
import type { Path } from './document.ts';
import type { FaultEntry, Scenario } from './schema.ts';

type ReferenceTarget = NonNullable<Scenario['target']['reference']>;

const targetPath: Path = ['target'];

/** Faults of something that this scenario does not have, and failpoints that say too much or too little. */
export function checkFaults(scenario: Scenario): readonly CrossFinding[] {
  const { reference } = scenario.target;
  return scenario.faults.flatMap((entry, index): CrossFinding[] => {
    const path = ['faults', index];
    if (reference === undefined) return [ownServer(path)];
    return [...checkService(entry, path, reference), ...checkFailpoint(entry, path)];
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

function checkService(
  entry: FaultEntry,
  path: Path,
  { ordering }: ReferenceTarget,
): CrossFinding[] {
  const service = serviceOf(entry);
  switch (service) {
    case undefined:
    case 'order-server':
    case 'postgres':
      return [];
    case 'queue':
      if (ordering !== 'sync') return [];
      return [
        {
          path: [...path, 'stall'],
          at: 'value',
          uses: [path, [...targetPath, 'reference', 'ordering']],
          what: 'there is no queue: with ordering: sync orders are decided at once',
          fix: 'set target.reference.ordering to async, or remove this fault',
        },
      ];
    case 'redis':
      return [];
    default:
      return assertNever(service, 'service');
  }
}

function serviceOf(entry: FaultEntry) {
  if ('kill' in entry) return entry.kill;
  if ('slow' in entry) return entry.slow;
  if ('pause' in entry) return entry.pause;
  if ('flush' in entry) return entry.flush;
  if ('restart' in entry) return entry.restart;
  return 'stall' in entry ? entry.stall : undefined;
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
