import type { NowNs } from '../core/clock.ts';
import type { Protocol } from '../targets/target.ts';
import type { ConnectionPool } from '../transport/connection-pool.ts';
import type { Requester } from './requester.ts';
import type { Device } from './shopper.ts';
import { exchange, identityOf } from './worker-context.ts';
import type { WarmFigures } from './worker-protocol.ts';

const loginLanes = 64;
const reconnectLanes = 64;
const loginTriesMax = 3;

/** What warming up needs of its worker. */
export interface WarmUpContext {
  readonly now: NowNs;
  readonly protocol: Pick<Protocol, 'request' | 'session'>;
  readonly requester: Pick<Requester, 'submit' | 'connect'>;
  /** Left out, each device has a connection of its own. */
  readonly pool?: ConnectionPool | undefined;
  readonly halted: AbortSignal;
  /** Whether the devices of a person log in together; one after the other unless told. */
  readonly concurrentLogins?: boolean;
}

/** Connects and logs in every device of a worker, and keeps their connections warm. */
export class WarmUp {
  readonly #context: WarmUpContext;
  readonly #devices: readonly Device[];
  loginsFailed = 0;

  constructor(context: WarmUpContext, devices: readonly Device[]) {
    this.#context = context;
    this.#devices = devices;
  }

  /**
   * People log in their devices one after the other, so that the order decides which one is evicted; or
   * all at once, which is a race.
   */
  async logInAll(): Promise<void> {
    const byUser = new Map<number, Device[]>();
    for (const device of this.#devices) {
      const own = byUser.get(device.user);
      if (own === undefined) byUser.set(device.user, [device]);
      else own.push(device);
    }
    await inLanes(byUser.values(), loginLanes, async (devices) => {
      if (this.#context.concurrentLogins === true) {
        await this.#logInTogether(devices);
        return;
      }
      for (const device of devices) {
        if (this.#context.halted.aborted) return;
        await this.#logIn(device);
      }
    });
    const { pool, now } = this.#context;
    // The logins needed only some of the pool's connections.
    if (pool !== undefined) await this.#fill(pool, now(), Number.POSITIVE_INFINITY);
  }

  /** On connections that are there already, or the way to the server would keep them apart. */
  async #logInTogether(devices: readonly Device[]): Promise<void> {
    const { requester, pool, halted } = this.#context;
    if (pool === undefined) {
      const connected = devices.map((device) => requester.connect(device).catch(() => undefined));
      await Promise.all(connected);
    }
    if (halted.aborted) return;
    await Promise.all(devices.map((device) => this.#logIn(device)));
  }

  async #logIn(device: Device): Promise<void> {
    const { protocol, now, halted } = this.#context;
    if (protocol.session !== undefined) return this.#connect(device, protocol.session);
    for (let attempt = 1; attempt <= loginTriesMax && !halted.aborted; attempt += 1) {
      const bytes = protocol.request('login', identityOf(device));
      const subject = { intent: -1, keyVariant: 0, product: -1, quantity: 0 } as const;
      const end = await exchange(
        this.#context,
        device,
        { operation: 'login', attempt, ...subject },
        now(),
        bytes,
      );
      if (end.outcome === 'ok' && end.token !== undefined) {
        device.token = end.token;
        return;
      }
      if (end.code === 'device-limit') break;
    }
    this.loginsFailed += 1;
  }

  /** A server that wants no login has let in who is connected. */
  async #connect(device: Device, session: string): Promise<void> {
    const { pool, requester } = this.#context;
    try {
      if (pool === undefined) await requester.connect(device);
      device.token = session;
    } catch {
      this.loginsFailed += 1;
    }
  }

  /**
   * Reconnects idle devices that the server has disconnected, or will before `neededNs`. Begins none
   * any more after `untilNs`.
   */
  async mend(devices: readonly Device[], neededNs: number, untilNs: number): Promise<void> {
    const { now, requester, pool, halted } = this.#context;
    if (pool !== undefined) {
      await this.#fill(pool, neededNs, untilNs);
      return;
    }
    const stale = devices.filter(
      ({ connection, current, token }) =>
        current === undefined &&
        token !== undefined &&
        !(connection?.open === true && connection.idleDeadlineNs > neededNs),
    );
    await inLanes(stale.values(), reconnectLanes, async (device) => {
      if (now() > untilNs || halted.aborted || device.current !== undefined) return;
      device.connection?.close();
      device.connection = undefined;
      await requester.connect(device).catch(() => undefined);
    });
  }

  /** Opens what the pool lacks. One that cannot be made is missing in the figures. */
  async #fill(pool: ConnectionPool, neededNs: number, untilNs: number): Promise<void> {
    const { now, halted } = this.#context;
    const missing = Array.from({ length: pool.dropStale(neededNs) });
    await inLanes(missing.values(), reconnectLanes, async () => {
      if (now() > untilNs || halted.aborted) return;
      await pool.openOne().catch(() => undefined);
    });
  }

  figures(): WarmFigures {
    const { pool } = this.#context;
    return pool === undefined ? this.#deviceFigures() : poolFigures(pool);
  }

  #deviceFigures(): WarmFigures {
    const perInstance: Record<string, number> = {};
    let warmConnections = 0;
    for (const { connection, token, instance } of this.#devices) {
      if (connection?.open !== true || token === undefined) continue;
      warmConnections += 1;
      perInstance[instance] = (perInstance[instance] ?? 0) + 1;
    }
    return { connections: this.#devices.length, warmConnections, perInstance };
  }
}

/** Connections that carried no request yet are warm, but nobody knows where they lead. */
function poolFigures(pool: ConnectionPool): WarmFigures {
  const perInstance: Record<string, number> = {};
  let warmConnections = 0;
  for (const { connection, instance } of pool.leases()) {
    if (!connection.open) continue;
    warmConnections += 1;
    if (instance !== '') perInstance[instance] = (perInstance[instance] ?? 0) + 1;
  }
  return { connections: pool.size, warmConnections, perInstance };
}

/** Works items off, some at a time. */
export async function inLanes<Item>(
  items: Iterator<Item>,
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let next = items.next(); next.done !== true; next = items.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
