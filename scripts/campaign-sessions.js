// The seed campaign on sessions behind docs/reference/campaign.md: 10 seeds of each of
// - login-race: registering in two steps exceeds the cap of devices and is convicted, in one step never;
// - evictions by each policy, and logouts: nothing is honoured once a session has ended;
// - logouts of JWT without a denylist: caught.
// Exits 3 when a run came out otherwise. Needs redis-server or valkey-server on the PATH.
// Usage: npm run campaign:sessions [-- --seeds 10]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'flashsim.js');
const at = process.argv.indexOf('--seeds');
const seeds = at === -1 ? 10 : Number(process.argv[at + 1]);
/** No run takes that long; one that hangs is a surprise, and not the end of the campaign. */
const timeoutMs = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'flashsim-campaign-'));
const leaving = join(folder, 'leaving.yaml');
writeFileSync(
  leaving,
  `name: leaving
target:
  reference: { processes: 2, sessions: { maximumSessions: 2 } }
sale:
  products: [{ id: sneaker-42, stock: 40, limitPerUser: 1 }]
  opensAt: 300ms
workload:
  users: 150
  devicesPerUser: { 1: 20%, 3: 50%, 4: 30% }
  endsAt: 2s
  arrivals: [{ type: uniform, within: 1500ms }]
`,
);

const sessions = 'target.reference.sessions';
const race = { scenario: 'login-race', set: ['workload.endsAt=2s'] };
const evictions = { scenario: leaving, set: ['probes={ evictedDevice: 100% }'] };
const logouts = { scenario: leaving, set: ['probes={ logout: 30%, logoutEverywhere: 30% }'] };
const cases = [
  { name: 'login-race, check-then-register', ...race, caught: 'beyond' },
  { name: 'login-race, atomic', ...race, with: [`${sessions}.registration=atomic`] },
  { name: 'eviction, terminate-oldest', ...evictions },
  {
    name: 'eviction, terminate-least-recently-used',
    ...evictions,
    with: [`${sessions}.onExceed=terminate-least-recently-used`],
  },
  {
    name: 'eviction, terminate-oldest, JWT with denylist',
    ...evictions,
    with: [`${sessions}.tokens={ type: jwt, denylist: redis }`],
  },
  {
    name: 'no eviction, deny',
    scenario: leaving,
    set: [],
    with: [`${sessions}.onExceed=deny`],
  },
  { name: 'logout, opaque', ...logouts },
  {
    name: 'logout, JWT with denylist',
    ...logouts,
    with: [`${sessions}.tokens={ type: jwt, denylist: redis }`],
  },
  {
    name: 'logout, JWT without denylist',
    ...logouts,
    with: [`${sessions}.tokens={ type: jwt, denylist: none }`],
    caught: 'stale',
  },
];

/** What a run came to; undefined where it left no result. */
function play({ scenario, set, with: further = [] }, seed) {
  const out = join(folder, 'run');
  const args = ['run', scenario, '--quiet', '--no-control', '--seed', String(seed), '--out', out];
  for (const override of [...set, ...further]) args.push('--set', override);
  const run = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', timeout: timeoutMs });
  try {
    const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
    const figures = result.gateway.sessions;
    return {
      verdict: result.invariants.deviceLimit.verdict,
      beyond: Math.max(figures.beyondCap ?? 0, figures.beyondCapByAnswers),
      stale: figures.staleRequests,
      stalestMs: figures.stalenessMaxMs,
      logouts: figures.logouts,
      evicted: result.devices.evicted,
      refused: result.codes.login?.['device-limit'] ?? 0,
    };
  } catch {
    console.error(run.stderr);
    return undefined;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Whether something ended or was refused at all, and came out as it must. */
function isExpected(found, caught) {
  if (found === undefined) return false;
  const happened = found.logouts + found.evicted + found.refused > 0;
  const { beyond, stale, verdict } = found;
  if (caught === 'beyond') return happened && verdict === 'violated' && beyond > 0;
  if (caught === 'stale') return happened && verdict === 'violated' && stale > 0;
  return happened && verdict === 'pass' && beyond === 0 && stale === 0;
}

const range = (values) => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least} to ${most}`;
};

let surprises = 0;
console.log(
  '| case | as expected | deviceLimit | ended or refused | beyond the cap | honoured after the end | latest, ms |',
);
console.log('|---|---|---|---|---|---|---|');
try {
  for (const each of cases) {
    const runs = Array.from({ length: seeds }, (_, index) => play(each, index + 1));
    const good = runs.filter((found) => isExpected(found, each.caught)).length;
    surprises += seeds - good;
    const found = runs.filter((run) => run !== undefined);
    const verdicts = [...new Set(found.map(({ verdict }) => verdict))].join(', ');
    const ended = range(found.map(({ logouts: out, evicted, refused }) => out + evicted + refused));
    const beyond = range(found.map((run) => run.beyond));
    const stale = range(found.map((run) => run.stale));
    const latest = Math.round(Math.max(...found.map(({ stalestMs }) => stalestMs)));
    console.log(
      `| ${each.name} | ${good} of ${seeds} | ${verdicts} | ${ended} | ${beyond} | ${stale} | ${latest} |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${cases.length * seeds} runs, ${surprises} surprises`);
process.exit(surprises === 0 ? 0 : 3);
