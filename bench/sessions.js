// How much memory 60,000 sessions take: 20,000 people log in on three devices each, over a pool of 15,000
// connections, and come to one sale. Prints sessions, sockets and the largest sum of resident memory over
// all processes of flashsim, its servers and their stores; exits 1 beyond 1.5 GB.
//
//   npm run bench:sessions [-- --users 2000 --pool 1500]
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '20000' },
    devices: { type: 'string', default: '3' },
    pool: { type: 'string', default: '15000' },
    'max-mb': { type: 'string', default: '1536' },
  },
});
const flashsim = fileURLToPath(new URL('../bin/flashsim.js', import.meta.url));

const scenario = `name: many-sessions
target:
  reference:
    processes: 2
    sessions: { maximumSessions: ${values.devices} }
sale:
  products: [{ id: sneaker-42, stock: 500, limitPerUser: 1 }]
  opensAt: 2s
workload:
  users: ${values.users}
  devicesPerUser: ${values.devices}
  connections: { pool: ${values.pool} }
  endsAt: 62s
  arrivals: [{ type: uniform, within: 60s }]
client: { timeout: 30s, retry: { maxAttempts: 1 } }
`;

const folder = await mkdtemp(join(tmpdir(), 'flashsim-bench-sessions-'));
try {
  const file = join(folder, 'scenario.yaml');
  await writeFile(file, scenario);
  const child = spawn(process.execPath, [flashsim, 'run', file, '--json', '--out', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const result = JSON.parse(
    text === '' ? await readFile(join(folder, 'result.json'), 'utf8') : text,
  );
  const { devices, opening, generator, gateway, verdict, latencyUs } = result;
  console.log(`sessions   ${devices.loggedIn} of ${devices.devices}`);
  console.log(
    `sockets    ${opening.warmConnections} of ${opening.connections} warm at the opening`,
  );
  console.log(`memory     ${Math.round(generator.rssMaxMb)} MB at most, over all processes`);
  console.log(`order p99  ${Math.round((latencyUs.order?.service.p99 ?? 0) / 1000)} ms`);
  console.log(`beyond cap ${gateway.sessions?.beyondCap ?? 'not known'}, verdict ${verdict}`);
  if (generator.rssMaxMb > Number(values['max-mb'])) process.exitCode = 1;
  if (devices.loggedIn < devices.devices) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
