// Enforces the dependency direction of docs/ARCHITECTURE.md, and fails when nothing was looked at:
// dependency-cruiser reports "0 modules" and exits 0 when it cannot read the sources.
import { spawnSync } from 'node:child_process';

const run = spawnSync('npx', ['depcruise', '--output-type', 'json', 'src'], {
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
});
if (run.error || run.stdout === '') {
  console.error(`check-layers: dependency-cruiser did not run: ${run.error ?? run.stderr}`);
  process.exit(1);
}
const { summary } = JSON.parse(run.stdout);
for (const violation of summary.violations) {
  console.error(`${violation.from} → ${violation.to}: ${violation.rule.name}`);
}
if (summary.totalCruised === 0)
  console.error('check-layers: no module was cruised, so nothing was checked');
console.error(`layers: ${summary.totalCruised} modules, ${summary.violations.length} violations`);
process.exit(summary.violations.length > 0 || summary.totalCruised === 0 ? 1 : 0);
