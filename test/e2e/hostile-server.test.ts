import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flashsim, readResult, temporaryFolder } from '../helpers/cli.ts';
import { behaviours, type End, goodAnswer } from '../helpers/hostile-behaviours.ts';

/** Lets everybody in, and then treats each order in another way. */
class HostileShop {
  readonly ends: Record<End, number> = { ok: 0, timeout: 0, reset: 0, 'bad-response': 0 };
  readonly #acts = Object.values(behaviours);
  #orders = 0;
  readonly #server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => this.#serve(socket, bytes.toString('latin1')));
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
  }

  /** A request of flashsim fits into one read. */
  #serve(socket: Socket, request: string): void {
    if (request.startsWith('GET /health')) answer(socket, 200, { status: 'ok' });
    else if (request.startsWith('POST /login')) answer(socket, 200, { token: 'come-in' });
    else if (!request.startsWith('POST /orders')) answer(socket, 404, { code: 'not-found' });
    else {
      const behaviour = this.#acts[this.#orders % this.#acts.length];
      this.#orders += 1;
      if (behaviour === undefined) return;
      this.ends[behaviour.end] += 1;
      behaviour.act(socket, goodAnswer(`o-${this.#orders}`));
    }
  }
}

function answer(socket: Socket, status: number, value: object): void {
  const body = JSON.stringify(value);
  socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

const scenarioFor = (url: string, connections: string) => `name: hostile
target: { http: { baseUrl: "${url}" } }
sale: { products: [{ id: sneaker-42, stock: 1000000 }], opensAt: 500ms }
workload:
  users: 310
  connections: ${connections}
  endsAt: 8s
  arrivals: [{ type: herd, reaction: { lognormal: { median: 300ms, sigma: 0.5 } } }]
client: { timeout: 2s, retry: { maxAttempts: 3, backoff: { initial: 50ms } } }
`;

describe('a run against a server that is hostile in every way', () => {
  it.each([['per-device'], ['{ pool: 400 }']])(
    'ends by itself, unknown, with each answer counted (connections: %s)',
    async (connections) => {
      const shop = new HostileShop();
      const url = await shop.start();
      onTestFinished(() => shop.stop());
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'scenario.yaml'), scenarioFor(url, connections));
      const out = join(folder, 'run');
      const ran = await flashsim(['run', 'scenario.yaml', '--out', out, '--quiet'], {
        cwd: folder,
      });
      const result = readResult(out, ran);
      expect(ran.stderr).toBe('');
      expect(ran.code, ran.stdout).toBe(4);
      expect(result.verdict).toBe('unknown');
      expect(result.codes['order']).toEqual(shop.ends);
      const { ok, timeout, reset } = shop.ends;
      expect(result.outcomes).toEqual({
        ok,
        fail: 0,
        info: timeout + reset + shop.ends['bad-response'],
      });
      expect(result.firstAttempts).toBe(310);
      expect(result.attempts).toBeGreaterThan(500);
      expect(result.generator.rssMaxMb).toBeLessThan(600);
    },
  );
});
