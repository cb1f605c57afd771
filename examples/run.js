// Runs an example with one command: starts what its shop needs, the shop, and flashsim against it.
//
//   node examples/run.js express-postgres              the mended shop: passes
//   node examples/run.js express-postgres --oversell   the broken one: flashsim finds it, exit code 3
//
// What follows goes to `flashsim run`. DATABASE_URL or REDIS_URL name servers of your own; without them a
// private one is started and ended again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, '..', 'bin', 'flashsim.js');

/** What has to be ended, the last one first. */
const started = [];

async function startPostgres() {
  if (process.env.DATABASE_URL !== undefined) return {};
  const { startEmbeddedPostgres } = await import('../dist/targets/stores/embedded-postgres.js');
  const server = await startEmbeddedPostgres();
  started.push(() => server.stop());
  const { host, user, database } = server.connection;
  return { DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}` };
}

async function startRedis() {
  if (process.env.REDIS_URL !== undefined) return {};
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'example-redis-'));
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(async () => {
    await ended(server);
    rmSync(folder, { recursive: true, force: true });
  });
  await line(server, /Ready to accept connections/);
  return { REDIS_URL: `redis://127.0.0.1:${port}` };
}

const examples = {
  'express-postgres': { command: process.execPath, file: 'server.js', services: startPostgres },
  'fastify-redis': { command: process.execPath, file: 'server.js', services: startRedis },
  'python-stdlib': { command: 'python3', file: 'server.py', services: () => ({}) },
};

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves with what matched in the output; rejects when the process ends before. */
function line(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${text}`)));
  });
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

async function run(name, args) {
  const example = examples[name];
  if (example === undefined) {
    console.error(
      `Usage: node examples/run.js <${Object.keys(examples).join(' | ')}> [--oversell] …`,
    );
    return 2;
  }
  const services = await example.services();
  const oversell = args.includes('--oversell');
  const shop = spawn(example.command, [join(here, name, example.file)], {
    env: { ...process.env, ...services, PORT: '0', OVERSELL: oversell ? '1' : '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(() => ended(shop));
  const [url] = await line(shop, /http:\/\/127\.0\.0\.1:\d+/);
  const rest = args.filter((arg) => arg !== '--oversell');
  const flashsim = spawn(
    process.execPath,
    [bin, 'run', join(here, name, 'scenario.yaml'), ...rest],
    { env: { ...process.env, ...services, SHOP_URL: url }, stdio: 'inherit' },
  );
  // Ctrl-C reaches flashsim as well: it ends by itself, and the rest is ended then.
  process.on('SIGINT', () => undefined);
  const [code] = await once(flashsim, 'exit');
  return code ?? 1;
}

const [name = '', ...args] = process.argv.slice(2);
try {
  process.exitCode = await run(name, args);
} finally {
  for (const end of started.reverse()) await end();
}
