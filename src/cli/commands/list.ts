import { invariants } from '../../audit/registry.ts';
import { type ExitCode, exitCodes } from '../../core/exit-codes.ts';
import { percentiles, scalarMetrics, timedOperations } from '../../metrics/names.ts';
import { arrivalProcesses } from '../../policies/arrivals/registry.ts';
import { slidingWindows } from '../../policies/breakers/registry.ts';
import { limiters } from '../../policies/limiters/registry.ts';
import { workloadModels } from '../../policies/models/registry.ts';
import { popularities } from '../../policies/popularity/registry.ts';
import { backoffs } from '../../policies/retries/backoffs/registry.ts';
import { retryBudgets } from '../../policies/retries/budgets/registry.ts';
import { jitters } from '../../policies/retries/jitters/registry.ts';
import { queueingMethods } from '../../policies/waiting-room/registry.ts';
import { reporters } from '../../reporters/registry.ts';
import { builtins } from '../../scenarios/builtin.ts';
import { failpoints } from '../../targets/reference/failpoints.ts';
import { orderings } from '../../targets/reference/orders/orderings/registry.ts';
import { recoveryPolicies } from '../../targets/reference/stock/recovery/registry.ts';
import { stockStrategies } from '../../targets/reference/stock/registry.ts';
import type { StockStrategyEntry } from '../../targets/reference/stock/stock-strategy.ts';
import { targets } from '../../targets/registry.ts';
import { coloursFor } from '../colours.ts';
import type { Environment } from '../environment.ts';

interface Entry {
  readonly name: string;
  readonly description: string;
}

interface Section {
  /** Key in the JSON output. */
  readonly key: string;
  readonly title: string;
  /** Where a scenario uses these names. */
  readonly place: string;
  readonly entries: readonly Entry[];
}

/** `flashsim list`: every name that a command line or a scenario can use, from the registries. */
export function listCommand(
  environment: Environment,
  options: { readonly json: boolean },
): ExitCode {
  const { stdout } = environment;
  const sections = allSections();
  if (options.json) {
    const byKey = Object.fromEntries(sections.map(({ key, entries }) => [key, entries]));
    stdout.write(`${JSON.stringify({ schemaVersion: 1, ...byKey }, null, 2)}\n`);
  } else {
    stdout.write(render(sections, coloursFor(stdout), Math.min(stdout.columns, 100)));
  }
  return exitCodes.pass;
}

/** What the gateway can be told to do. */
function gatewaySections(): readonly Section[] {
  return [
    section(
      'limiters',
      'Rate limiters',
      'target.reference.rateLimiter.algorithm',
      describedBy(limiters),
    ),
    section(
      'queueingMethods',
      'Queueing methods of a waiting room',
      'target.reference.waitingRoom.queueing',
      describedBy(queueingMethods),
    ),
  ];
}

function allSections(): readonly Section[] {
  return [
    section('scenarios', 'Scenarios', 'flashsim run <name>', builtins),
    section('targets', 'Targets', 'target.<name>', describedBy(targets)),
    section(
      'stockStrategies',
      'Stock strategies',
      'target.reference.stock.strategy',
      Object.fromEntries(
        Object.entries(stockStrategies).map(([name, { describe, expected }]) => [
          name,
          `${describe} ${verdictText(expected)}`,
        ]),
      ),
    ),
    section('orderings', 'Orderings', 'target.reference.ordering', describedBy(orderings)),
    section('failpoints', 'Failpoints', 'faults[].failpoint', failpoints),
    section(
      'recoveryPolicies',
      'Recovery policies of cached stock',
      'target.reference.stock.recovery',
      describedBy(recoveryPolicies),
    ),
    ...gatewaySections(),
    section(
      'arrivals',
      'Arrival shapes',
      'workload.arrivals[].type',
      describedBy(arrivalProcesses),
    ),
    section('models', 'Workload models', 'workload.model', describedBy(workloadModels)),
    section(
      'popularities',
      'Popularity of products',
      'workload.popularity',
      describedBy(popularities),
    ),
    section('backoffs', 'Backoffs', 'client.retry.backoff.type', describedBy(backoffs)),
    section('jitters', 'Jitters', 'client.retry.jitter', describedBy(jitters)),
    section('retryBudgets', 'Retry budgets', 'client.retry.budget.type', describedBy(retryBudgets)),
    section(
      'slidingWindows',
      'Windows of a circuit breaker',
      'client.circuitBreaker.slidingWindowType',
      describedBy(slidingWindows),
    ),
    section(
      'invariants',
      'Invariants',
      'judged after every run; thresholds.<name>',
      Object.fromEntries(Object.entries(invariants).map(([name, { title }]) => [name, title])),
    ),
    section('metrics', 'Metrics', 'thresholds.<name>', metricEntries()),
    section(
      'reports',
      'Reports',
      'run --report <name>, report --format <name>',
      describedBy(reporters),
    ),
  ];
}

function verdictText({ oneProcess, manyProcesses }: StockStrategyEntry['expected']): string {
  if (oneProcess === manyProcesses) return `(${oneProcess})`;
  return `(${oneProcess} in one process, ${manyProcesses} in several)`;
}

function metricEntries(): Record<string, string> {
  const scalars = Object.entries(scalarMetrics).map(([name, { meaning }]) => [name, meaning]);
  const names = Object.keys(percentiles).join(', ');
  const operations = timedOperations.join(', ');
  return Object.fromEntries([
    ...scalars,
    ['<operation>.<percentile>', `Response time of ${operations}, from when it was due: ${names}.`],
    ['<operation>.service.<percentile>', 'The same, from when it was sent.'],
  ]) as Record<string, string>;
}

function describedBy(
  registry: Readonly<Record<string, { readonly describe: string }>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(registry).map(([name, { describe }]) => [name, describe]),
  );
}

function section(
  key: string,
  title: string,
  place: string,
  entries: Readonly<Record<string, string>>,
): Section {
  return {
    key,
    title,
    place,
    entries: Object.entries(entries).map(([name, description]) => ({
      name,
      description: sentence(description),
    })),
  };
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.)]$/.test(start) ? start : `${start}.`;
}

const indent = 2;
const gap = 2;

function render(
  sections: readonly Section[],
  colours: ReturnType<typeof coloursFor>,
  columns: number,
): string {
  const blocks = sections.map(({ title, place, entries }) => {
    const nameWidth = Math.max(...entries.map(({ name }) => name.length));
    const textWidth = Math.max(24, columns - indent - nameWidth - gap);
    const rows = entries.flatMap(({ name, description }) =>
      wrap(description, textWidth).map((line, index) => {
        const label = (index === 0 ? name : '').padEnd(nameWidth + gap);
        return `${' '.repeat(indent)}${colours.cyan(label)}${line}`;
      }),
    );
    return [`${colours.bold(title)}  ${colours.dim(place)}`, ...rows].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
