/**
 * How long `flashsim audit` takes, and how much memory, on 0.1, 1 and 5 million attempts: wall time,
 * CPU time and the largest resident set of the whole command on one core (Linux; elsewhere on all).
 * Prints the ratio of each size to the one before, beside that of n log n. Goals on one core: 1 million
 * under 2 s, 5 million under 10 s and under 2 GB, and no ratio above that of n log n.
 *
 * Usage: npm run bench:audit -- [attempts …]
 * Needs some 70 MB of disk for a million attempts, in the folder for temporary files.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRunFolder } from '../dist/history/run-folder.js';
import { saleHistory } from './sale-history.js';

const defaultSizes = [100_000, 1_000_000, 5_000_000];
const rounds = 3;
const writeArgument = '--write';
const command = fileURLToPath(new URL('../bin/flashsim.js', import.meta.url));

/** Makes a process tell on descriptor 3 what it has used, when it ends. */
const reportUsage = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs';
   process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));`,
)}`;

/** Runs Node to its end; on the first core alone where the system can do that. */
async function runNode(args, onOneCore) {
  const [name, words] =
    onOneCore && process.platform === 'linux'
      ? ['taskset', ['-c', '0', process.execPath, '--import', reportUsage, ...args]]
      : [process.execPath, ['--import', reportUsage, ...args]];
  const startMs = performance.now();
  const child = spawn(name, words, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const [output, usage] = [child.stdout, child.stdio[3]].map(async (stream) => {
    const parts = [];
    for await (const part of stream) parts.push(part);
    return Buffer.concat(parts).toString();
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const wallS = (performance.now() - startMs) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(await usage);
  return {
    code,
    output: await output,
    wallS,
    cpuS: (userCPUTime + systemCPUTime) / 1e6,
    rssMB: maxRSS / 1000,
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function measured(folder, attempts) {
  // In a process of its own, so that its memory counts for nothing here.
  const written = await runNode([fileURLToPath(import.meta.url), writeArgument, attempts, folder]);
  if (written.code !== 0) throw new Error(`the history of ${attempts} attempts was not written`);
  const runs = [];
  for (let round = 0; round < rounds; round += 1) {
    const run = await runNode([command, 'audit', folder], true);
    if (run.code !== 0) throw new Error(`audit ended with ${run.code}:\n${run.output}`);
    runs.push(run);
  }
  const of = (name) => median(runs.map((run) => run[name]));
  return { attempts, wallS: of('wallS'), cpuS: of('cpuS'), rssMB: of('rssMB') };
}

const nLogN = (count) => count * Math.log(count);

async function main(sizes) {
  const folder = await mkdtemp(join(tmpdir(), 'flashsim-bench-audit-'));
  let [before, tooSlow] = [undefined, false];
  try {
    for (const size of sizes) {
      const result = await measured(folder, size);
      const { attempts, wallS, cpuS, rssMB } = result;
      const figures = `wall ${wallS.toFixed(2)} s, CPU ${cpuS.toFixed(2)} s, ${rssMB.toFixed(0)} MB`;
      console.log(`${attempts} attempts: ${figures} (medians of ${rounds})`);
      if (before !== undefined) {
        const ratio = cpuS / before.cpuS;
        const allowed = nLogN(attempts) / nLogN(before.attempts);
        if (ratio > allowed) tooSlow = true;
        console.log(
          `  CPU ×${ratio.toFixed(2)} of ${before.attempts} attempts; n log n would be ×${allowed.toFixed(2)}`,
        );
      }
      before = result;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  if (tooSlow) process.exitCode = 1;
}

if (process.argv[2] === writeArgument) {
  await writeRunFolder(process.argv[4], saleHistory(Number(process.argv[3])));
} else {
  const sizes = process.argv.slice(2).map(Number);
  await main(sizes.length > 0 ? sizes : defaultSizes);
}
