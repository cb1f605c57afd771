/**
 * flashsim beside other load testers, in one run on one machine against the same servers: CPU for each
 * request, achieved rate, memory, truth of latencies; and what only flashsim claims: start lateness, no
 * hidden stall, the spread of an opening, memory of recorded attempts. Prints tables in Markdown, as
 * they stand in docs/reference/performance.md.
 *
 * Usage: npm run bench -- [--only cpu,truth,stall,lateness,opening,attempts] [--tools flashsim,wrk]
 *   [--rounds 5]
 * Tools of npm are installed into a temporary folder; wrk, hey, h2load, ab and k6 are measured when they
 * are on PATH, and nginx is the sink when it is. Linux. Needs 11,000 open files.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAttempts } from './parts/attempts.js';
import { measureCpu } from './parts/cpu.js';
import { measureLateness } from './parts/lateness.js';
import { measureOpening } from './parts/opening.js';
import { measureStall } from './parts/stall.js';
import { measureTruth } from './parts/truth.js';
import { installPeers, isThere, peers, versionOf } from './support/peers.js';

const parts = {
  cpu: measureCpu,
  truth: measureTruth,
  stall: measureStall,
  lateness: measureLateness,
  opening: measureOpening,
  attempts: measureAttempts,
};
/** Parts that run other tools. */
const besidePeers = new Set(['cpu', 'truth']);

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(parts).join() },
    tools: { type: 'string', default: Object.keys(peers).join() },
    rounds: { type: 'string', default: '5' },
  },
});
const wanted = values.only.split(',');
const tools = new Set(values.tools.split(','));
const unknown = [
  ...wanted.filter((name) => parts[name] === undefined),
  ...[...tools].filter((name) => peers[name] === undefined),
];
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}

const needsPeers = wanted.some((name) => besidePeers.has(name));
const folder = needsPeers ? await installPeers() : await mkdtemp(join(tmpdir(), 'flashsim-bench-'));
const only = (name) => tools.has(name);
const [cpu] = cpus();
const versions = Object.keys(peers)
  .filter((name) => needsPeers && only(name) && isThere(name))
  .map((name) => `${name} ${versionOf(name, folder)}`);
const tables = [
  `${cpus().length} × ${cpu?.model ?? 'CPU'}, Linux ${release()}, Node ${process.versions.node}`,
  ...(versions.length === 0 ? [] : [versions.join(', ')]),
  '',
];
try {
  for (const name of wanted) {
    tables.push(await parts[name]({ folder, rounds: Number(values.rounds), only }));
  }
} finally {
  if (!needsPeers) await rm(folder, { recursive: true, force: true });
}
console.log(`\n${tables.join('\n')}`);
