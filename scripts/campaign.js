// The seed campaign behind the claims of docs/reference/campaign.md: 10 seeds of each of
// naive (must oversell), synchronized on 1 process (must pass) and on 2 (must oversell).
// Usage: npm run campaign [-- --seeds 10]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'flashsim.js');
const at = process.argv.indexOf('--seeds');
const seeds = at === -1 ? 10 : Number(process.argv[at + 1]);
const strategy = 'target.reference.stock.strategy';
const cases = [
  { name: 'naive, 2 processes', set: [`${strategy}=naive`], exit: 3 },
  {
    name: 'synchronized, 1 process',
    set: [`${strategy}=synchronized`, 'target.reference.processes=1'],
    exit: 0,
  },
  {
    name: 'synchronized, 2 processes',
    set: [`${strategy}=synchronized`, 'target.reference.processes=2'],
    exit: 3,
  },
];

let surprises = 0;
console.log('| case | seed | exit | verdict | sold | oversell | wall s |');
console.log('|---|---|---|---|---|---|---|');
for (const { name, set, exit } of cases) {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'flashsim-campaign-'));
    const args = ['run', 'sale-opening', '--quiet', '--seed', String(seed), '--out', folder];
    for (const override of set) args.push('--set', override);
    const run = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
    let row = `| ${name} | ${seed} | ${run.status} | no result | | | |`;
    let asExpected = false;
    try {
      const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
      const { lo } = result.invariants.oversell;
      row = `| ${name} | ${seed} | ${run.status} | ${result.verdict} | ${result.sold} | ${lo} | ${(result.wallMs / 1000).toFixed(1)} |`;
      asExpected = run.status === exit && lo > 0 === (exit === 3);
    } catch {
      console.error(run.stderr);
    }
    if (!asExpected) surprises += 1;
    console.log(asExpected ? row : `${row} ← expected exit ${exit}`);
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`\n${cases.length * seeds} runs, ${surprises} surprises`);
process.exit(surprises === 0 ? 0 : 1);
