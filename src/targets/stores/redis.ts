import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { messageOf, systemCodeOf } from '../../core/errors.ts';
import type { RedisConnection } from './redis-connection.ts';
import { redisAddressOf } from './redis-url.ts';

/** A Lua script, which Redis runs as one step that nothing comes between. */
export interface RedisScript {
  readonly lua: string;
  /** SHA-1 of the text: Redis keeps scripts by it. */
  readonly sha: string;
}

/** Makes a script to be run by {@link RedisStore.run}. */
export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** What a key may be set to, and a script be given. */
type RedisValue = string | number;

/** One Redis. Commands are sent in the order in which they are called. */
export interface RedisStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: RedisValue): Promise<void>;
  /**
   * Sets a key that is not there. False when it is.
   *
   * @param ttlMs the key goes by itself after so many milliseconds
   */
  setIfAbsent(key: string, value: RedisValue, ttlMs: number): Promise<boolean>;
  /** Adds to a number, 0 when the key is not there. The number afterwards. */
  increment(key: string, by: number): Promise<number>;
  delete(key: string): Promise<void>;
  /** Runs a script. The answer is as Redis gives it: numbers, texts, null, lists of them. */
  run(
    script: RedisScript,
    keys: readonly string[],
    values: readonly RedisValue[],
  ): Promise<unknown>;
  /** Deletes every key that begins with `prefix` (plain text, no pattern). */
  deleteAll(prefix: string): Promise<void>;
  /** FLUSHALL. */
  flush(): Promise<void>;
  /** CONFIG SET. */
  configure(name: string, value: string): Promise<void>;
  /** Sends a command that only reads; the answer is as Redis gives it. */
  read(command: string, ...values: readonly string[]): Promise<unknown>;
  /** What the server says of itself, by the names of INFO. */
  facts(): Promise<ReadonlyMap<string, string>>;
  /** Closes the connection at once. May be called twice. */
  close(): void;
}

/** Nothing was sent: no connection could be made. */
export class RedisUnreachableError extends Error {
  override readonly name = 'RedisUnreachableError';
  /** Of the last failed attempt, such as `ECONNREFUSED`, or what the server said. */
  readonly reason: string;

  constructor(reason: string) {
    super(`Redis cannot be reached (${reason})`);
    this.reason = reason;
  }
}

/** The connection was lost before the answer came: the command may or may not have taken effect. */
export class RedisLostError extends Error {
  override readonly name = 'RedisLostError';
}

/** True for an error that Redis sent, such as a wrong type or a right that lacks. */
export function isRedisReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Settings of a connection. */
export interface RedisStoreOptions {
  /** How long commands wait for a connection, in milliseconds; 1 s unless told. */
  readonly connectMs?: number;
}

const retryMs = 25;

/** Opens a Redis. Connects at the first command, and again after a connection was lost. */
export function openRedis(
  where: RedisConnection | string,
  options: RedisStoreOptions = {},
): RedisStore {
  return new Connection(where, options.connectMs ?? 1_000);
}

/**
 * The driver reconnects by itself, and then either sends again what was under way, which could take
 * units twice, or never settles it. So each of its clients lives for one connection: it is tried until
 * it stands, and when it breaks everything under way fails and the next command makes a new one.
 */
class Connection implements RedisStore {
  readonly #where: RedisConnection | string;
  readonly #connectMs: number;
  #client: Redis | undefined;
  /** Clients that had a connection: what was given to them may have been sent. */
  readonly #stood = new WeakSet<Redis>();
  #lastError = 'no answer';
  #closed = false;

  constructor(where: RedisConnection | string, connectMs: number) {
    this.#where = where;
    this.#connectMs = connectMs;
  }

  get(key: string): Promise<string | null> {
    return this.#send((client) => client.get(key));
  }

  async set(key: string, value: RedisValue): Promise<void> {
    await this.#send((client) => client.set(key, value));
  }

  async setIfAbsent(key: string, value: RedisValue, ttlMs: number): Promise<boolean> {
    const answer = await this.#send((client) => client.set(key, value, 'PX', ttlMs, 'NX'));
    return answer !== null;
  }

  increment(key: string, by: number): Promise<number> {
    return this.#send((client) => (by < 0 ? client.decrby(key, -by) : client.incrby(key, by)));
  }

  async delete(key: string): Promise<void> {
    await this.#send((client) => client.del(key));
  }

  async run(
    { lua, sha }: RedisScript,
    keys: readonly string[],
    values: readonly RedisValue[],
  ): Promise<unknown> {
    try {
      return await this.#send((client) => client.evalsha(sha, keys.length, ...keys, ...values));
    } catch (error) {
      if (!isRedisReply(error) || !messageOf(error).startsWith('NOSCRIPT')) throw error;
      return this.#send((client) => client.eval(lua, keys.length, ...keys, ...values));
    }
  }

  async deleteAll(prefix: string): Promise<void> {
    const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}*`;
    let cursor = '0';
    do {
      const [next, keys] = await this.#send((client) =>
        client.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000),
      );
      if (keys.length > 0) await this.#send((client) => client.del(...keys));
      cursor = next;
    } while (cursor !== '0');
  }

  async flush(): Promise<void> {
    await this.#send((client) => client.flushall());
  }

  async configure(name: string, value: string): Promise<void> {
    await this.#send((client) => client.config('SET', name, value));
  }

  read(command: string, ...values: readonly string[]): Promise<unknown> {
    return this.#send((client) => client.call(command, ...values));
  }

  async facts(): Promise<ReadonlyMap<string, string>> {
    const text = await this.#send((client) => client.info());
    const pairs = text.split(/\r?\n/).map((line) => line.split(':'));
    return new Map(pairs.map(([name = '', ...value]) => [name, value.join(':')]));
  }

  close(): void {
    this.#closed = true;
    this.#client?.disconnect();
  }

  async #send<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    if (this.#closed) throw new RedisUnreachableError('the connection was closed');
    const client = this.#connected();
    try {
      return await command(client);
    } catch (error) {
      if (isRedisReply(error)) throw error;
      if (!this.#stood.has(client)) throw new RedisUnreachableError(this.#lastError);
      throw new RedisLostError(`the connection to Redis was lost: ${messageOf(error)}`);
    }
  }

  #connected(): Redis {
    if (this.#client !== undefined && this.#client.status !== 'end') return this.#client;
    const client: Redis = new Redis({
      ...driverOptions(this.#where),
      connectTimeout: this.#connectMs,
      // Commands wait for the connection, however many attempts it takes.
      maxRetriesPerRequest: null,
      retryStrategy: (times) =>
        this.#closed || this.#stood.has(client) || times * retryMs > this.#connectMs
          ? null
          : retryMs,
    });
    client.on('ready', () => this.#stood.add(client));
    client.on('error', (error: Error) => {
      this.#lastError = systemCodeOf(error) ?? error.message;
    });
    this.#client = client;
    return client;
  }
}

function driverOptions(where: RedisConnection | string) {
  const common = { connectionName: 'flashsim', disableClientInfo: true } as const;
  if (typeof where !== 'string') return { ...common, path: where.path };
  const { host, port, database, user, password, tls } = redisAddressOf(where);
  return {
    ...common,
    host,
    port,
    db: database,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: { servername: host } } : {}),
  };
}
