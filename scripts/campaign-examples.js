// Plays every example ten times, right and deliberately overselling, with seeds 1 to 10, and prints a row
// for each: how often flashsim found the oversell, and how often it passed the mended shop. Ends with 1
// when any run came out otherwise. Several minutes; `npm run campaign:examples -- python-stdlib` plays one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const examples = join(root, 'examples');
const all = readdirSync(examples).filter((name) => statSync(join(examples, name)).isDirectory());
const asked = process.argv.slice(2);
const names = asked.length === 0 ? all : all.filter((name) => asked.includes(name));
const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
const folder = mkdtempSync(join(tmpdir(), 'campaign-examples-'));

async function play(name, seed, oversell) {
  const out = join(folder, `${name}-${seed}-${oversell}`);
  const args = [join(examples, 'run.js'), name, '--quiet', '--seed', String(seed), '--out', out];
  if (oversell) args.push('--oversell');
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  const { verdict, sold, stock, invariants } = JSON.parse(
    readFileSync(join(out, 'result.json'), 'utf8'),
  );
  return { code, verdict, beyond: invariants.oversell.lo, sold, stock };
}

let asExpected = true;
console.log('| example | shop | verdicts as expected | units oversold |');
console.log('| --- | --- | --- | --- |');
try {
  for (const name of names) {
    for (const oversell of [true, false]) {
      const runs = [];
      for (const seed of seeds) runs.push(await play(name, seed, oversell));
      const right = runs.filter(({ code, verdict, beyond }) =>
        oversell
          ? code === 3 && verdict === 'violated' && beyond > 0
          : code === 0 && verdict === 'pass' && beyond === 0,
      ).length;
      const beyond = runs.map((run) => run.beyond).sort((a, b) => a - b);
      const shop = oversell ? 'oversells' : 'mended';
      const range = oversell ? `${beyond[0]} to ${beyond.at(-1)}` : '0';
      console.log(`| ${name} | ${shop} | ${right} of ${runs.length} | ${range} |`);
      if (right < runs.length) {
        asExpected = false;
        console.error(runs.map((run) => JSON.stringify(run)).join('\n'));
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = asExpected ? 0 : 1;
