import { assertNever } from '../../core/assert.ts';
import { nsPerMs, runClock, sleep, takeEpoch } from '../../core/clock.ts';
import { openPostgres, type PostgresConnection } from '../stores/postgres.ts';
import type { FailpointFault, Fault, InjectedFault } from '../target.ts';
import type { BackingStores } from './backing-stores.ts';
import { type FailpointName, failpointNames } from './failpoints.ts';
import type { Answer } from './ipc.ts';
import { lockQueue } from './postgres/order-queue.ts';
import type { PrimaryClient } from './primary-client.ts';
import { KeyedMutex } from './stock/keyed-mutex.ts';
import type { TargetCaches } from './target-caches.ts';

/** What can be broken. */
export interface FaultScene {
  readonly primary: PrimaryClient;
  readonly stores: BackingStores;
  readonly caches: TargetCaches;
  /** Where the queue is. */
  readonly postgres: PostgresConnection | string;
  /** Whether the orders are in a MySQL. */
  readonly hasMysql: boolean;
  /** Whether any strategy needs a Redis. */
  readonly hasRedis: boolean;
  readonly schema: string;
}

/** Breaks the order server and its stores as a scenario wants it, and mends what lasts for a while. */
export class Faults {
  readonly #scene: FaultScene;
  readonly #stopped = new AbortController();
  readonly #lasting = new Set<Promise<void>>();
  /** A server is killed and restarted by one fault at a time. */
  readonly #restarts = new KeyedMutex();

  constructor(scene: FaultScene) {
    this.#scene = scene;
  }

  /** @param over aborted when everything is to be mended: see `Target.inject` */
  async inject(fault: Fault, over: AbortSignal): Promise<InjectedFault> {
    const until = AbortSignal.any([over, this.#stopped.signal]);
    const { stores, hasMysql } = this.#scene;
    switch (fault.kind) {
      case 'failpoint':
        return this.#arm(fault, until);
      case 'kill':
        if (fault.service === 'postgres') return this.#restart('PostgreSQL', stores.postgres);
        if (fault.service === 'mysql' && hasMysql) return this.#restart('MySQL', stores.mysql);
        break;
      case 'pause':
        if (fault.service === 'order-server') return this.#pause(fault.durationMs, until);
        break;
      case 'slow':
        break;
      case 'stall':
        if (fault.service === 'queue') return this.#stallQueue(fault.durationMs, until);
        break;
      case 'flush':
        if (this.#hasRedis(fault)) return this.#flushRedis();
        break;
      case 'restart':
        if (this.#hasRedis(fault)) return this.#restartRedis(fault.persistence);
        break;
      default:
        return assertNever(fault, 'fault');
    }
    return this.#askServers(fault);
  }

  /** Mends everything, and waits until it is. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#lasting);
  }

  async #askServers(fault: Exclude<Fault, FailpointFault>): Promise<InjectedFault> {
    const { primary } = this.#scene;
    const { kind, service } = fault;
    if (service !== 'order-server') {
      return { fired: false, detail: `there is no service \`${service}\`` };
    }
    if (kind === 'kill') return injected(await primary.ask({ kind }));
    if (kind !== 'slow') return { fired: false, detail: `${kind} is not for \`${service}\`` };
    const { delayMs, durationMs } = fault;
    return injected(await primary.ask({ kind, delayMs, durationMs }));
  }

  async #pause(durationMs: number, until: AbortSignal): Promise<InjectedFault> {
    this.#healAt(until);
    return injected(await this.#scene.primary.ask({ kind: 'pause', durationMs }));
  }

  async #arm({ failpoint, hit, action }: FailpointFault, until: AbortSignal) {
    if (!isFailpoint(failpoint)) {
      return { fired: false, detail: `there is no failpoint \`${failpoint}\`` };
    }
    const pauseMs = action.kind === 'kill' ? null : action.durationMs;
    const trap = { failpoint, hit, pauseMs };
    const answer = this.#scene.primary.ask({ kind: 'arm', trap });
    this.#healAt(until);
    return injected(await answer);
  }

  /** The message goes before any that is sent once the signal was heard, so that nobody waits for it. */
  #healAt(until: AbortSignal): void {
    const heal = (): void => void this.#scene.primary.ask({ kind: 'heal' });
    if (until.aborted) heal();
    else until.addEventListener('abort', heal, { once: true });
  }

  /** Kills a server of ours and starts it again on the same data. */
  async #restart(
    name: string,
    server: { restart(): Promise<void> } | undefined,
  ): Promise<InjectedFault> {
    if (server === undefined) {
      const detail = `this ${name} is not flashsim’s own to kill: the scenario gives its URL`;
      return { fired: false, detail };
    }
    return this.#restarts.run(name, async () => {
      const elapsedNs = runClock(takeEpoch());
      await server.restart();
      const ms = Math.round(elapsedNs() / nsPerMs);
      return { fired: true, detail: `killed, and back after ${ms} ms` };
    });
  }

  #hasRedis({ service }: { readonly service: string }): boolean {
    return service === 'redis' && this.#scene.hasRedis;
  }

  #restartRedis(persistence: 'none' | 'aof'): Promise<InjectedFault> {
    const { redis } = this.#scene.stores;
    const server = redis && { restart: () => redis.restart({ persistence }) };
    return this.#restart('Redis', server);
  }

  /** Of a Redis that others may use as well, only what belongs to the run is removed. */
  async #flushRedis(): Promise<InjectedFault> {
    const { stores, caches } = this.#scene;
    if (stores.redis === undefined) {
      await caches.drop();
      return { fired: true, detail: 'the run’s keys were removed; Redis is not flashsim’s own' };
    }
    await stores.redis.flush();
    return { fired: true, detail: 'every key was removed' };
  }

  /** A session of its own holds a lock under which others can read the queue and not write to it. */
  #stallQueue(durationMs: number, until: AbortSignal): Promise<InjectedFault> {
    const { postgres, schema } = this.#scene;
    const store = openPostgres(postgres, {
      poolMax: 1,
      applicationName: 'flashsim-stall',
      schema,
    });
    return new Promise((resolve, reject) => {
      const lasting = store
        .transaction(async (tx) => {
          await lockQueue(tx);
          resolve({ fired: true, detail: 'nothing could be written to the queue' });
          await sleep(durationMs, until);
        })
        .catch(reject)
        .finally(() => store.close())
        .finally(() => this.#lasting.delete(lasting));
      this.#lasting.add(lasting);
    });
  }
}

function isFailpoint(name: string): name is FailpointName {
  return (failpointNames as readonly string[]).includes(name);
}

function injected(answer: Answer): InjectedFault {
  return answer.kind === 'done' || answer.kind === 'not-done'
    ? { fired: answer.kind === 'done', detail: answer.detail }
    : { fired: false, detail: 'the answer was not understood' };
}
