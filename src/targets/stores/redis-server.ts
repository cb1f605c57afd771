/** Where a Redis listens. Plain, so that it can be sent to a process. */
export interface RedisConnection {
  /** Path of a Unix socket. */
  readonly path: string;
}

/** A running Redis (or Valkey) of our own: the real server, private to this user, gone after {@link stop}. */
export interface RedisServer {
  /** Leads to a Unix socket that nobody else can reach. */
  readonly connection: RedisConnection;
  /** Another one after {@link restart}. */
  readonly pid: number;
  /** Such as `7.0.15`. */
  readonly version: string;
  /** Makes it forget every key at once (FLUSHALL). */
  flush(): Promise<void>;
  /**
   * Kills it as a crash would (SIGKILL) and starts it again.
   *
   * - `none`: it kept nothing on disk, and comes back empty.
   * - `aof`: it kept an append-only file, synced every second, and comes back with what that holds.
   */
  restart(options: { readonly persistence: 'none' | 'aof' }): Promise<void>;
  /** Ends the server and removes its folder. Never throws for a server that has died. May be called twice. */
  stop(): Promise<void>;
}
