import { formatDurationMs } from '../core/units.ts';
import { cachesStock } from '../targets/reference/stock/registry.ts';
import { absolute, type CrossFinding, opensAtPath, relative } from './cross-finding.ts';
import type { Path } from './document.ts';
import { stockStrategyNames } from './names.ts';
import type { Scenario } from './schema.ts';
import { listOf } from './values.ts';

const strategyPath: Path = ['target', 'reference', 'stock', 'strategy'];
const warmUpPath: Path = ['target', 'reference', 'stock', 'warmUp'];
const productsPath: Path = ['sale', 'products'];
const eventsPath: Path = ['events'];

/** Warm-ups of what nobody caches, that nobody does, or that would come too early. */
export function checkCaches(scenario: Scenario, nowMs: number): readonly CrossFinding[] {
  if (scenario.target.reference === undefined) return [];
  return [
    ...checkEvents(scenario),
    ...checkSetting(scenario),
    ...checkManual(scenario),
    ...checkLead(scenario, nowMs),
  ];
}

function cachingStrategies(): readonly string[] {
  return stockStrategyNames.filter(cachesStock);
}

/** Products whose stock is cached, by their strategies. */
function cachedProducts({ target, sale }: Scenario): readonly string[] {
  const common = target.reference?.stock.strategy ?? '';
  return sale.products.filter(({ strategy = common }) => cachesStock(strategy)).map(({ id }) => id);
}

function checkEvents(scenario: Scenario): CrossFinding[] {
  const cached = cachedProducts(scenario);
  const onSale = scenario.sale.products.map(({ id }) => id);
  return scenario.events.flatMap((event, index): CrossFinding[] => {
    if (!('warmUp' in event) || !onSale.includes(event.warmUp)) return [];
    if (cached.includes(event.warmUp)) return [];
    const path = [...eventsPath, index, 'warmUp'];
    return [
      {
        path,
        at: 'value',
        uses: [path, strategyPath, productsPath],
        what: `"${event.warmUp}" is counted in the database: there is nothing to warm up`,
        fix: `remove this event, or use a strategy that caches: ${listOf(cachingStrategies())}`,
      },
    ];
  });
}

function checkSetting(scenario: Scenario): CrossFinding[] {
  const { warmUp } = scenario.target.reference?.stock ?? { warmUp: 'none' };
  if (warmUp === 'none' || cachedProducts(scenario).length > 0) return [];
  return [
    {
      path: warmUpPath,
      at: 'key',
      uses: [warmUpPath, strategyPath, productsPath],
      what: 'no strategy in use caches a count: there is nothing to warm up',
      fix: `remove warmUp, or use one of ${listOf(cachingStrategies())}`,
    },
  ];
}

/** Until a count is warmed up by hand, nothing of it is for sale. */
function checkManual(scenario: Scenario): CrossFinding[] {
  if (scenario.target.reference?.stock.warmUp !== 'manual') return [];
  const warmed = scenario.events.flatMap((event) => ('warmUp' in event ? [event.warmUp] : []));
  return cachedProducts(scenario)
    .filter((id) => !warmed.includes(id))
    .map((id) => ({
      path: warmUpPath,
      at: 'value' as const,
      uses: [warmUpPath, eventsPath, strategyPath, productsPath],
      what: `nobody warms "${id}" up: it would be sold out from the beginning`,
      fix: `add an event such as { at: 0s, warmUp: ${id} }, or write { scheduled: 1s }`,
    }));
}

function checkLead({ target, sale }: Scenario, nowMs: number): CrossFinding[] {
  const { warmUp } = target.reference?.stock ?? {};
  if (typeof warmUp !== 'object') return [];
  const { scheduled } = warmUp;
  const opensMs = relative(sale.opensAt) ?? (absolute(sale.opensAt) ?? 0) - nowMs;
  if (scheduled <= opensMs) return [];
  const path = [...warmUpPath, 'scheduled'];
  const begun = relative(sale.opensAt) === undefined ? 'now' : 't = 0';
  return [
    {
      path,
      at: 'value',
      uses: [path, opensAtPath],
      what: `the warm-up would be due ${formatDurationMs(scheduled - opensMs)} before ${begun}`,
      fix: `write at most ${formatDurationMs(Math.max(0, opensMs))}, or open later`,
    },
  ];
}
