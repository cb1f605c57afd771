// The crash campaign behind docs/reference/campaign.md: server processes are killed (SIGKILL) at every
// failpoint, 20 times for each strategy, and what is left is audited.
// Usage: npm run campaign:crash [-- --kills 20 --only conditional-update]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'flashsim.js');
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '20' }, only: { type: 'string' } },
});

/** Kills of one sale of 60 units: between the first orders and the last. */
const killsInASale = 4;
const everywhere = ['after-decrement', 'before-commit', 'after-commit-before-reply'];
const locking = ['holding-lock', ...everywhere];
const stock = 'target.reference.stock';
const ordering = 'target.reference.ordering';
const split = `${stock}.strategy=conditional-update-split`;

/** What is killed where, and the exit that must come of it: 3 where units are left stranded. */
const cases = [
  { name: 'conditional-update', failpoints: everywhere },
  {
    name: 'conditional-update',
    note: ' on MySQL',
    set: [`${stock}.strategy=conditional-update`, `${stock}.store=mysql`],
    failpoints: everywhere,
  },
  { name: 'select-for-update', failpoints: locking },
  { name: 'table-lock', failpoints: locking },
  { name: 'advisory-lock', failpoints: locking },
  { name: 'serializable', failpoints: everywhere },
  {
    name: 'optimistic-version',
    note: ', answering overloaded',
    set: [
      `${stock}.strategy=optimistic-version`,
      `${stock}.optimistic={retries: 50, onExhausted: overloaded}`,
    ],
    failpoints: everywhere,
  },
  { name: 'synchronized', processes: 1, failpoints: locking },
  {
    name: 'async',
    note: ' conditional-update',
    set: [`${stock}.strategy=conditional-update`, `${ordering}=async`],
    failpoints: everywhere,
  },
  {
    name: 'publish-or-pending',
    set: [split, `${ordering}=publish-or-pending`],
    failpoints: everywhere,
  },
  {
    name: 'redis-lock-guarded',
    note: ', TTL 500 ms',
    set: [`${stock}.strategy=redis-lock-guarded`, `${stock}.lock.ttl=500ms`],
    failpoints: locking,
  },
  { name: 'conditional-update-split', failpoints: ['after-decrement'], exit: 3 },
  // Redis gives all units away within milliseconds: a process that dies takes half of them along, and
  // nobody would come to the failpoint as the thirtieth.
  { name: 'redis-lua-guarded', failpoints: ['after-decrement'], exit: 3, killsPerSale: 1 },
  { name: 'redis-lua', failpoints: ['after-decrement'], exit: 3, killsPerSale: 1 },
  {
    name: 'publish-or-release',
    set: [split, `${ordering}=publish-or-release`],
    failpoints: ['after-decrement'],
    exit: 3,
  },
];

/** One sale. The hits move with the seed, so that no two sales are killed at the same orders. */
function sell(
  { name, set = [`${stock}.strategy=${name}`], processes = 2, killsPerSale = killsInASale },
  failpoint,
  seed,
) {
  const folder = mkdtempSync(join(tmpdir(), 'flashsim-campaign-'));
  const faults = Array.from({ length: killsPerSale }, (_, kill) => {
    const hit = 2 + seed + kill * 13;
    return `{at: 0s, failpoint: ${failpoint}, action: kill, hit: ${hit}}`;
  });
  const overrides = [
    'workload.users=150',
    'sale.opensAt=500ms',
    'workload.endsAt=20s',
    // Whoever is refused by a server that is just coming back comes again soon: the last unit is contested.
    'client.retry={maxAttempts: 60, backoff: {initial: 50ms, max: 200ms}}',
    `target.reference.processes=${processes}`,
    `faults=[${faults.join(', ')}]`,
    ...set,
  ];
  const args = ['run', 'crash-mid-order', '--quiet', '--no-control', '--seed', String(seed)];
  args.push('--out', folder, ...overrides.flatMap((override) => ['--set', override]));
  const run = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
  try {
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    const lo = (invariant) => result.invariants[invariant]?.lo ?? 0;
    return {
      exit: run.status,
      fired: result.faults.filter(({ fired }) => fired).length,
      lost: lo('lostOrder'),
      oversold: lo('oversell'),
      unknown: Object.values(result.invariants).flatMap(({ reason }) => reason ?? []),
      stranded: lo('undersell'),
      wallS: result.wallMs / 1000,
    };
  } catch {
    console.error(run.stderr);
    return { exit: run.status, fired: 0, lost: 0, oversold: 0, stranded: 0, wallS: 0, unknown: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sum = (sales, figure) => sales.reduce((total, sale) => total + sale[figure], 0);

let surprises = 0;
console.log(
  '| killed | processes | failpoint | sales | kills | as expected | acknowledged and lost | oversold | stranded | s a sale |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const one of cases) {
  if (values.only !== undefined && !values.only.split(',').includes(one.name)) continue;
  const { name, note = '', processes = 2, failpoints, exit = 0 } = one;
  const killsPerSale = one.killsPerSale ?? killsInASale;
  for (const failpoint of failpoints) {
    const count = Math.ceil(Number(values.kills) / killsPerSale);
    const sales = Array.from({ length: count }, (_, index) => sell(one, failpoint, index + 1));
    const good = sales.filter(
      (sale) =>
        sale.exit === exit &&
        sale.fired === killsPerSale &&
        sale.lost === 0 &&
        sale.oversold === 0 &&
        sale.stranded > 0 === (exit === 3),
    );
    surprises += sales.length - good.length;
    for (const sale of sales) {
      if (!good.includes(sale)) console.error(`exit ${sale.exit}: ${sale.unknown.join('; ')}`);
    }
    const cells = [
      `${name}${note}`,
      processes,
      failpoint,
      sales.length,
      sum(sales, 'fired'),
      `${good.length} of ${sales.length} ${exit === 3 ? 'strand units' : 'pass'}`,
      sum(sales, 'lost'),
      sum(sales, 'oversold'),
      sum(sales, 'stranded'),
      (sum(sales, 'wallS') / sales.length).toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
console.log(`\n${surprises} surprises`);
process.exit(surprises === 0 ? 0 : 1);
