/**
 * What each way of counting stock costs, side by side in one run: orders a second until the last unit is
 * sold, and CPU seconds of the server's processes and its stores per 1,000 orders. Everybody asks at
 * once, so the server is the limit and not the arrivals. Only strategies that sell exactly are timed:
 * how fast a wrong one is says nothing. Rounds are interleaved, so that what else the machine does falls
 * on all of them alike; printed are medians, and the ratio to `conditional-update` on PostgreSQL.
 *
 * Usage: npm run bench:stock -- [--rounds 3] [--stock 1000] [--processes 2] [--stores postgres,mysql] [strategy …]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stockStrategies } from '../dist/targets/reference/stock/registry.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    stock: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '2' },
    stores: { type: 'string', default: 'postgres,mysql,memory' },
  },
});
const bin = new URL('../bin/flashsim.js', import.meta.url).pathname;
const rounds = Number(values.rounds);
const stock = Number(values.stock);
const processes = Number(values.processes);
const stores = values.stores.split(',');

const cells = Object.entries(stockStrategies)
  .filter(([name]) => positionals.length === 0 || positionals.includes(name))
  .flatMap(([name, entry]) =>
    stores
      .filter((store) => entry.stores.includes(store))
      .map((store) => ({ name, store, processes: store === 'memory' ? 1 : processes }))
      .filter((cell) => verdictOf(entry, cell.processes) === 'exact'),
  )
  .map((cell) => ({ ...cell, rates: [], costs: [], p99s: [] }));

function verdictOf({ expected }, count) {
  return count === 1 ? expected.oneProcess : expected.manyProcesses;
}

/** One sale: its rate, or why it does not count. */
function sell({ name, store, processes: count }, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'flashsim-bench-'));
  const overrides = [
    `target.reference.stock.strategy=${name}`,
    `target.reference.stock.store=${store}`,
    `target.reference.processes=${count}`,
    `sale.products=[{id: sneaker-42, stock: ${stock}, limitPerUser: 1}]`,
    `workload.users=${Math.ceil(stock * 1.5)}`,
    'workload.endsAt=60s',
    'client.timeout=50s',
  ];
  const args = ['run', 'stock-lab', '--quiet', '--no-control', '--seed', String(seed)];
  args.push('--out', folder, ...overrides.flatMap((override) => ['--set', override]));
  const run = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
  try {
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    if (result.sold !== stock) throw new Error(`sold ${result.sold} of ${stock}`);
    const { ordersPerS, cpuSecondsPer1000 } = result.selling;
    return {
      ordersPerS,
      cpuSecondsPer1000,
      p99Ms: (result.latencyUs.order?.response.p99 ?? NaN) / 1000,
    };
  } catch (error) {
    console.error(`${name} on ${store}, exit ${run.status}: ${error.message}\n${run.stderr}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 2)] ?? NaN;

for (let round = 1; round <= rounds; round += 1) {
  for (const cell of cells) {
    const sale = sell(cell, round);
    if (sale === undefined) continue;
    cell.rates.push(sale.ordersPerS);
    cell.costs.push(sale.cpuSecondsPer1000);
    cell.p99s.push(sale.p99Ms);
    process.stderr.write(`${round} ${cell.name} ${cell.store} ${sale.ordersPerS.toFixed(0)}/s\n`);
  }
}

const base = cells.find(({ name, store }) => name === 'conditional-update' && store === 'postgres');
const baseRate = base === undefined ? NaN : median(base.rates);
console.log(
  '| strategy | store | processes | sales | orders/s | ratio | CPU s per 1,000 orders | p99 of an order, ms |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const { name, store, processes: count, rates, costs, p99s } of cells.toSorted(
  (a, b) => median(b.rates) - median(a.rates),
)) {
  const rate = median(rates);
  const row = [
    `\`${name}\``,
    store,
    count,
    `${rates.length} of ${rounds}`,
    rate.toFixed(0),
    (rate / baseRate).toFixed(2),
    median(costs).toFixed(2),
    median(p99s).toFixed(0),
  ];
  console.log(`| ${row.join(' | ')} |`);
}
process.exit(cells.every(({ rates }) => rates.length === rounds) ? 0 : 1);
