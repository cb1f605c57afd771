/** Where a Redis listens. Plain, so that it can be sent to a process. */
export interface RedisConnection {
  /** Path of a Unix socket. */
  readonly path: string;
}
